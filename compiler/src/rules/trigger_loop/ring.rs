//! Rings: runs that cause each other, directly or through others.

use super::web::Web;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The most runs that are tried as the first of the loop which is shown.
const STARTS_MAX: usize = 64;

/// Effects of runs that are proved to happen a finite number of times in any loop.
pub(super) type Cuts = BTreeSet<(usize, usize)>;

/// Runs of which each causes each other, and the events between them.
pub(super) struct Ring {
    pub(super) runs: BTreeSet<usize>,
    pub(super) events: BTreeSet<usize>,
}

/// A part of a loop: a run, its effect, and the run which that starts.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) run: usize,
    pub(super) effect: usize,
    pub(super) next: usize,
}

/// The rings among these runs.
pub(super) fn rings(web: &Web<'_>, runs: &BTreeSet<usize>, cuts: &Cuts) -> Vec<Ring> {
    let mut graph = DiGraph::new();
    let run_nodes: BTreeMap<_, _> = runs
        .iter()
        .map(|run| (*run, graph.add_node((true, *run))))
        .collect();
    let mut event_nodes = BTreeMap::new();
    for (run, node) in &run_nodes {
        for (effect, event) in &web.runs[*run].causes {
            if cuts.contains(&(*run, *effect)) {
                continue;
            }
            let caused = match event_nodes.entry(*event) {
                Entry::Occupied(node) => *node.get(),
                Entry::Vacant(free) => {
                    let caused = *free.insert(graph.add_node((false, *event)));
                    let starts = web.events[*event].starts.iter();
                    for start in starts.filter_map(|start| run_nodes.get(start)) {
                        graph.add_edge(caused, *start, ());
                    }
                    caused
                }
            };
            graph.add_edge(*node, caused, ());
        }
    }
    let parts = kosaraju_scc(&graph);
    let rings = parts.into_iter().filter(|part| part.len() > 1).map(|part| {
        let (runs, events): (Vec<_>, Vec<_>) = part
            .iter()
            .map(|node| graph[*node])
            .partition(|(is_run, _)| *is_run);
        Ring {
            runs: runs.into_iter().map(|(_, run)| run).collect(),
            events: events.into_iter().map(|(_, event)| event).collect(),
        }
    });
    let mut rings: Vec<_> = rings.collect();
    rings.sort_by_key(|ring| ring.runs.first().copied());
    rings
}

impl Ring {
    /// The effects of a run that stay in the ring, with their events.
    pub(super) fn effects(
        &self,
        web: &Web<'_>,
        run: usize,
        cuts: &Cuts,
    ) -> impl Iterator<Item = (usize, usize)> {
        let inside = move |(effect, event): &(usize, usize)| {
            self.events.contains(event) && !cuts.contains(&(run, *effect))
        };
        web.runs[run].causes.iter().copied().filter(inside)
    }

    /// All of them.
    pub(super) fn all_effects(&self, web: &Web<'_>, cuts: &Cuts) -> Vec<(usize, usize)> {
        let of = |run: &usize| {
            let run = *run;
            self.effects(web, run, cuts).map(move |(effect, _)| (run, effect))
        };
        self.runs.iter().flat_map(of).collect()
    }

    /// Whether it is known how much each of its runs causes.
    pub(super) fn is_bounded(&self, web: &Web<'_>, cuts: &Cuts) -> bool {
        let all = self.all_effects(web, cuts);
        all.iter()
            .all(|(run, effect)| web.effect(*run, *effect).most.is_some())
    }

    /// The shortest loop in it over those of its links that `follows`; of several the one that begins with the first
    /// rule by name.
    pub(super) fn shortest(
        &self,
        web: &Web<'_>,
        cuts: &Cuts,
        follows: impl Fn(&Link) -> bool,
    ) -> Option<Vec<Link>> {
        let mut starts: Vec<_> = self.runs.iter().copied().collect();
        starts.sort_by_key(|run| web.runs[*run].by.rule);
        starts.truncate(STARTS_MAX);
        let loops = starts
            .iter()
            .filter_map(|start| self.back_to(*start, web, cuts, &follows));
        loops.min_by_key(Vec::len)
    }

    /// The shortest way from a run back to itself. The search is breadth first.
    fn back_to(
        &self,
        start: usize,
        web: &Web<'_>,
        cuts: &Cuts,
        follows: &impl Fn(&Link) -> bool,
    ) -> Option<Vec<Link>> {
        let mut came_by: BTreeMap<usize, Link> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(run) = open.pop_front() {
            for (effect, event) in self.effects(web, run, cuts) {
                for next in web.events[event].starts.iter().copied() {
                    let link = Link { run, effect, next };
                    if !self.runs.contains(&next) || !follows(&link) {
                        continue;
                    }
                    if let Entry::Vacant(first) = came_by.entry(next) {
                        first.insert(link);
                        open.push_back(next);
                    }
                }
            }
        }
        let mut links = vec![];
        let mut run = start;
        loop {
            let link = *came_by.get(&run)?;
            links.push(link);
            run = link.run;
            if run == start {
                links.reverse();
                return Some(links);
            }
        }
    }
}
