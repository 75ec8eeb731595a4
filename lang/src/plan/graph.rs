//! The petgraph view of a plan's graph; made when asked for, never serialised.

use super::Graph;
use petgraph::graph::DiGraph;

/// The steps as nodes (their index in `graph.steps`), an edge from each step to those that need it.
pub fn view(graph: &Graph) -> DiGraph<usize, ()> {
    let mut view = DiGraph::new();
    let nodes: Vec<_> = (0..graph.steps.len()).map(|ix| view.add_node(ix)).collect();
    for (ix, step) in graph.steps.iter().enumerate() {
        for &need in &step.needs {
            view.add_edge(nodes[need], nodes[ix], ());
        }
    }
    view
}
