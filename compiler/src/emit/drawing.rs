//! A picture before it has a language: nodes and edges, from a whole flow or from the steps of one graph.

mod flow;
mod steps;

pub use flow::flow;
pub use steps::steps;

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// What it shows.
    pub title: String,
    /// In the order in which they are drawn.
    pub nodes: Vec<Node>,
    /// In the order in which they are drawn, without doubles.
    pub edges: Vec<Edge>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Unique in the drawing; ASCII letters, digits and `_`.
    pub id: String,
    /// The lines of its label, unescaped.
    pub label: Vec<String>,
    /// Its form.
    pub shape: Shape,
}

/// The form of a node: what kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Something happens: a trigger, the start of a graph, its result.
    Event,
    /// A rule.
    Rule,
    /// A call that ends soon.
    Action,
    /// Long work.
    Job,
    /// Rows or files.
    Store,
    /// A place where model versions go live.
    Model,
    /// A route that answers over HTTP.
    Route,
    /// A condition.
    Choice,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The id of a node.
    pub from: String,
    /// The id of a node.
    pub to: String,
    /// Unescaped; may be empty.
    pub label: String,
    /// Whether it is drawn broken: a read, or what happens after a failure.
    pub broken: bool,
}

impl Drawing {
    fn node(&mut self, id: String, label: impl IntoIterator<Item = String>, shape: Shape) {
        let label = label.into_iter().collect();
        self.nodes.push(Node { id, label, shape });
    }

    fn arrow(&mut self, from: impl Into<String>, to: impl Into<String>, label: &str) {
        self.edge(from.into(), to.into(), label, false);
    }

    fn broken_arrow(&mut self, from: impl Into<String>, to: impl Into<String>, label: &str) {
        self.edge(from.into(), to.into(), label, true);
    }

    fn edge(&mut self, from: String, to: String, label: &str, broken: bool) {
        let edge = Edge {
            from,
            to,
            label: label.to_string(),
            broken,
        };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }
}

/// An id from a kind and a name, which may have any letters: `rule_retrain`.
fn id(kind: &str, name: &str) -> String {
    let mut id = format!("{kind}_");
    for c in name.chars() {
        match c.is_ascii_alphanumeric() || c == '_' {
            true => id.push(c),
            false => id.push_str(&format!("_{:x}_", u32::from(c))),
        }
    }
    id
}
