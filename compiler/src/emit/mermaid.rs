//! Mermaid: pictures in Markdown.

use super::drawing::{Drawing, Edge, Node, Shape};

/// The drawing as a Mermaid flow chart.
pub fn render(drawing: &Drawing) -> String {
    let title = serde_json::Value::from(drawing.title.as_str());
    let mut out = format!("---\ntitle: {title}\n---\nflowchart LR\n");
    for node in &drawing.nodes {
        out.push_str(&format!("  {}\n", node_text(node)));
    }
    for edge in &drawing.edges {
        out.push_str(&format!("  {}\n", edge_text(edge)));
    }
    out
}

fn node_text(node: &Node) -> String {
    let (open, close) = match node.shape {
        Shape::Event => ("([", "])"),
        Shape::Rule => ("{{", "}}"),
        Shape::Action => ("[", "]"),
        Shape::Job => ("[[", "]]"),
        Shape::Store => ("[(", ")]"),
        Shape::Model => ("[/", "\\]"),
        Shape::Route => (">", "]"),
        Shape::Choice => ("{", "}"),
    };
    let lines: Vec<_> = node.label.iter().map(|line| escape(line)).collect();
    format!("{}{open}\"{}\"{close}", node.id, lines.join("<br/>"))
}

fn edge_text(edge: &Edge) -> String {
    let arrow = if edge.broken { "-.->" } else { "-->" };
    let label = match edge.label.is_empty() {
        true => String::new(),
        false => format!("|\"{}\"|", escape(&edge.label)),
    };
    format!("{} {arrow}{label} {}", edge.from, edge.to)
}

/// Everything that Mermaid, Markdown or HTML could read as its own becomes an entity.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '<' | '>' | '&' | '#' | ';' | '`' | '\\' | '|' => {
                out.push_str(&format!("#{};", u32::from(c)));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_label_is_read_as_mermaid_or_html() {
        let node = Node {
            id: "step_0".into(),
            label: vec!["if".into(), "a < \"b\" and c > #1;`x`|\\\n<script>".into()],
            shape: Shape::Choice,
        };
        assert_eq!(
            node_text(&node),
            "step_0{\"if<br/>a #60; #34;b#34; and c #62; #35;1#59;#96;x#96;#124;#92; #60;script#62;\"}"
        );
        let edge = Edge {
            from: "a".into(),
            to: "b".into(),
            label: "x|\"y\"".into(),
            broken: true,
        };
        assert_eq!(edge_text(&edge), "a -.->|\"x#124;#34;y#34;\"| b");
    }
}
