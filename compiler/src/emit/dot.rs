//! DOT, the language of Graphviz.

use super::drawing::{Drawing, Edge, Node, Shape};

/// The drawing as a DOT graph.
pub fn render(drawing: &Drawing) -> String {
    let mut out = format!("digraph {} {{\n  rankdir=LR;\n", quoted(&drawing.title));
    for node in &drawing.nodes {
        out.push_str(&format!("  {};\n", node_text(node)));
    }
    for edge in &drawing.edges {
        out.push_str(&format!("  {};\n", edge_text(edge)));
    }
    out.push_str("}\n");
    out
}

fn node_text(node: &Node) -> String {
    let shape = match node.shape {
        Shape::Event => "oval",
        Shape::Rule => "hexagon",
        Shape::Action => "box",
        Shape::Job => "box3d",
        Shape::Store => "cylinder",
        Shape::Model => "trapezium",
        Shape::Route => "cds",
        Shape::Choice => "diamond",
    };
    format!(
        "{} [shape={shape}, label={}]",
        node.id,
        quoted(&node.label.join("\n"))
    )
}

fn edge_text(edge: &Edge) -> String {
    let mut looks = Vec::new();
    if !edge.label.is_empty() {
        looks.push(format!("label={}", quoted(&edge.label)));
    }
    if edge.broken {
        looks.push("style=dashed".into());
    }
    let looks = match looks.is_empty() {
        true => String::new(),
        false => format!(" [{}]", looks.join(", ")),
    };
    format!("{} -> {}{looks}", edge.from, edge.to)
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_label_is_read_as_dot() {
        let node = Node {
            id: "step_0".into(),
            label: vec!["if".into(), "a == \"\\n\"]; evil [".into()],
            shape: Shape::Choice,
        };
        assert_eq!(
            node_text(&node),
            r#"step_0 [shape=diamond, label="if\na == \"\\n\"]; evil ["]"#
        );
    }
}
