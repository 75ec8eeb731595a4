//! Whether a ring of rules that append rows for each other comes to rest.
//!
//! A run of one rule appends `a` rows to a dataset, of which another rule needs `n` for a run: each run of the
//! first causes `a / n` of the second. All these quotients are a matrix, and the runs that one event causes are
//! finite exactly when its greatest eigenvalue is below 1.

use super::{Rules, Via};
use petgraph::graph::{EdgeIndex, NodeIndex};

/// Rounds of the power iteration; it stops giving new digits long before.
const ROUNDS: usize = 1_000;

/// What is this near to 1 counts as 1: not proved to come to rest.
const NEAR: f64 = 1e-9;

/// Whether the runs that one event causes in the ring are finite. Never when a job writes for a trigger in it,
/// since nobody knows how much a job writes.
pub(super) fn dies_out(graph: &Rules<'_>, ring: &[NodeIndex], inside: &[EdgeIndex]) -> bool {
    let place = |node| ring.iter().position(|each| *each == node);
    let mut quotients = vec![];
    for edge in inside {
        let ends = graph.edge_endpoints(*edge);
        let Some((from, to)) = ends.and_then(|(from, to)| place(from).zip(place(to))) else {
            continue;
        };
        match graph[*edge].via {
            Via::Rows { appended, wanted, .. } => quotients.push((from, to, appended as f64 / wanted as f64)),
            Via::Package { .. } => return false,
        }
    }
    greatest_eigenvalue(ring.len(), &quotients) < 1.0 - NEAR
}

/// An upper bound of the greatest eigenvalue, after Collatz and Wielandt. One is added to the diagonal, since the
/// iteration would run in circles on a ring without it.
fn greatest_eigenvalue(size: usize, quotients: &[(usize, usize, f64)]) -> f64 {
    let mut runs = vec![1.0; size];
    let mut bound = f64::INFINITY;
    for _ in 0..ROUNDS {
        let mut next = runs.clone();
        for (from, to, quotient) in quotients {
            next[*from] += quotient * runs[*to];
        }
        let ratios = next.iter().zip(&runs).map(|(next, now)| next / now);
        bound = ratios.fold(0.0, f64::max) - 1.0;
        let greatest = next.iter().copied().fold(0.0, f64::max);
        runs = next.into_iter().map(|run| run / greatest).collect();
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::greatest_eigenvalue;

    #[test]
    fn a_ring_multiplies_what_its_rules_hand_on() {
        let near = |quotients: &[(usize, usize, f64)], size, expected: f64| {
            let found = greatest_eigenvalue(size, quotients);
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        };
        near(&[(0, 0, 0.5)], 1, 0.5);
        near(&[(0, 1, 2.0), (1, 0, 0.125)], 2, 0.5);
        near(&[(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0)], 3, 1.0);
        // Two loops of one half each through one rule make one together.
        near(&[(0, 0, 0.5), (0, 1, 1.0), (1, 0, 0.5)], 2, 1.0);
    }
}
