//! `graph/trigger-loop`: rules that start each other in a ring with nothing that ends it.
//!
//! A loop ends when one of its rules has a `rate`, or when it waits for more rows (`grew`) than a round of it
//! appends. A throttle on a source (`at most`) only slows it down.

mod edges;
mod gain;

use super::Subject;
use edges::{Edge, Via, edges};
use flow_lang::report::{Code, Finding, Report};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

type Rules<'a> = DiGraph<&'a str, Edge<'a>>;

pub(super) fn trigger_loop(subject: &Subject<'_>, report: &mut Report) {
    let graph = undamped(subject);
    for ring in tarjan_scc(&graph) {
        let inside: Vec<_> = graph
            .edge_references()
            .filter(|edge| ring.contains(&edge.source()) && ring.contains(&edge.target()))
            .map(|edge| edge.id())
            .collect();
        if inside.is_empty() || gain::dies_out(&graph, &ring, &inside) {
            continue;
        }
        if let Some(cycle) = shortest(&graph, &ring) {
            report.add(finding(subject, &graph, &cycle));
        }
    }
}

/// Rules without a `rate` as nodes, an edge for each way in which one starts another.
fn undamped<'a>(subject: &Subject<'a>) -> Rules<'a> {
    let mut graph = Rules::new();
    let mut nodes = BTreeMap::new();
    for (name, rule) in &subject.plan.rules {
        if rule.rate.is_none() {
            nodes.insert(name.as_str(), graph.add_node(name.as_str()));
        }
    }
    for edge in edges(subject.plan) {
        if let (Some(from), Some(to)) = (nodes.get(edge.from), nodes.get(edge.to)) {
            graph.add_edge(*from, *to, edge);
        }
    }
    graph
}

/// The shortest cycle in a ring, as edges; of several the one that starts at the first rule by name.
fn shortest<'g, 'a>(graph: &'g Rules<'a>, ring: &[NodeIndex]) -> Option<Vec<&'g Edge<'a>>> {
    let cycles = ring.iter().filter_map(|start| cycle_from(graph, *start));
    cycles.min_by_key(|cycle| (cycle.len(), cycle[0].from))
}

/// The shortest way from a node back to itself. The search is breadth first.
fn cycle_from<'g, 'a>(graph: &'g Rules<'a>, start: NodeIndex) -> Option<Vec<&'g Edge<'a>>> {
    let mut came_by = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        for edge in graph.edges(node) {
            if let Entry::Vacant(first) = came_by.entry(edge.target()) {
                open.push_back(edge.target());
                first.insert(edge);
            }
        }
    }
    let mut cycle = vec![];
    let mut node = start;
    loop {
        let edge = came_by.get(&node)?;
        cycle.push(edge.weight());
        node = edge.source();
        if node == start {
            cycle.reverse();
            return Some(cycle);
        }
    }
}

fn finding(subject: &Subject<'_>, graph: &Rules<'_>, cycle: &[&Edge<'_>]) -> Finding {
    let first = cycle[0].from;
    let way: Vec<_> = cycle.iter().map(|edge| edge.way()).collect();
    let message = format!(
        "`{first}` starts itself again and nothing ends it: `{first}` {}",
        way.join(", which ")
    );
    let span = subject.span(&format!("rule/{first}"));
    let mut finding = Finding::new(Code::GraphTriggerLoop, span, message);
    for edge in cycle {
        let step = subject.span(&format!("rule/{}/steps/{}", edge.from, edge.step));
        finding = finding.also(step, edge.cause());
        let on = subject.span(&format!("rule/{}/on/{}", edge.to, edge.on));
        finding = finding.also(on, edge.effect());
    }
    let counted = graph
        .edge_weights()
        .any(|edge| matches!(edge.via, Via::Rows { .. }));
    let grew = match counted {
        true => ", or let a `grew` wait for more rows than one round appends",
        false => "",
    };
    finding.help(format!(
        "give one of the rules a rate, such as `with {{ rate: 10/h }}`{grew}"
    ))
}
