//! Queues side by side that take turns by what their items cost: deficit round robin. However much waits in one,
//! another waits for no more than one turn of each. It knows no clock and does no input or output.

use std::collections::{BTreeMap, VecDeque};

/// What a queue may spend in a turn. An item that costs more waits for several turns.
const QUANTUM: u64 = 16;
/// What an item counts for at most, so that the number of turns for one is bounded.
const COST_MAX: u64 = 512;

/// Queues by key.
#[derive(Debug)]
pub(super) struct Fair<K, T> {
    lanes: BTreeMap<K, Lane<T>>,
    /// The keys of `lanes`, each once; the first has its turn.
    turns: VecDeque<K>,
    waiting: usize,
}

#[derive(Debug)]
struct Lane<T> {
    /// What waits, with its cost.
    waiting: VecDeque<(u64, T)>,
    /// What is left of its turns.
    credit: u64,
}

impl<K, T> Default for Fair<K, T> {
    fn default() -> Self {
        Fair {
            lanes: BTreeMap::new(),
            turns: VecDeque::new(),
            waiting: 0,
        }
    }
}

impl<K: Ord + Clone, T> Fair<K, T> {
    /// Puts an item behind those of the same key.
    pub(super) fn push(&mut self, key: K, cost: u64, item: T) {
        let lane = self.lanes.entry(key.clone()).or_insert_with(|| {
            self.turns.push_back(key);
            Lane {
                waiting: VecDeque::new(),
                credit: 0,
            }
        });
        lane.waiting.push_back((cost.clamp(1, COST_MAX), item));
        self.waiting += 1;
    }

    /// The next item of a key that `may` have its turn now.
    pub(super) fn pop(&mut self, may: impl Fn(&K) -> bool) -> Option<(K, T)> {
        let mut passed = 0;
        while passed < self.turns.len() {
            let key = self.turns.front()?;
            if !may(key) {
                passed += 1;
                self.turns.rotate_left(1);
                continue;
            }
            passed = 0;
            let lane = self.lanes.get_mut(key).expect("a key with a turn has a lane");
            let (cost, _) = *lane.waiting.front().expect("an empty lane has no turn");
            if lane.credit < cost {
                lane.credit += QUANTUM;
                self.turns.rotate_left(1);
                continue;
            }
            lane.credit -= cost;
            let (_, item) = lane.waiting.pop_front().expect("it was looked at");
            let key = key.clone();
            self.waiting -= 1;
            self.close_if_empty(&key);
            return Some((key, item));
        }
        None
    }

    /// Takes out the first item of `key` that `is` says it is.
    pub(super) fn remove(&mut self, key: &K, is: impl Fn(&T) -> bool) -> Option<T> {
        let lane = self.lanes.get_mut(key)?;
        let at = lane.waiting.iter().position(|(_, item)| is(item))?;
        let (_, item) = lane.waiting.remove(at)?;
        self.waiting -= 1;
        self.close_if_empty(key);
        Some(item)
    }

    /// How many items wait.
    pub(super) fn len(&self) -> usize {
        self.waiting
    }

    /// A lane without items has no turn, and what it has saved is gone.
    fn close_if_empty(&mut self, key: &K) {
        if self.lanes.get(key).is_some_and(|lane| lane.waiting.is_empty()) {
            self.lanes.remove(key);
            self.turns.retain(|other| other != key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lane_keeps_its_order_and_several_share_by_cost() {
        let mut fair = Fair::default();
        for at in 0..300 {
            fair.push("cheap", 1, at);
            fair.push("dear", 4, at);
        }
        let (mut cheap, mut dear) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            match fair.pop(|_| true).unwrap() {
                ("cheap", at) => cheap.push(at),
                (_, at) => dear.push(at),
            }
        }
        // Four of the one cost what one of the other does; a turn is no more than a quantum.
        let spent = dear.len().abs_diff(cheap.len() / 4);
        assert!(spent <= 4, "{} of `cheap`, {} of `dear`", cheap.len(), dear.len());
        assert!(cheap.is_sorted() && dear.is_sorted());
        assert_eq!(fair.len(), 400);
    }

    #[test]
    fn what_may_not_go_waits_and_costs_others_no_turn() {
        let mut fair = Fair::default();
        for at in 0..3 {
            fair.push('a', 1, at);
            fair.push('b', COST_MAX + 1, at);
        }
        let mut gone = Vec::new();
        while let Some((key, at)) = fair.pop(|key| *key == 'b') {
            gone.push((key, at));
        }
        assert_eq!(gone, [('b', 0), ('b', 1), ('b', 2)]);
        assert_eq!(fair.remove(&'a', |at| *at == 1), Some(1));
        assert_eq!(fair.remove(&'a', |at| *at == 1), None);
        assert_eq!(fair.pop(|_| true), Some(('a', 0)));
        assert_eq!(fair.pop(|_| true), Some(('a', 2)));
        assert_eq!(fair.pop(|_| true), None);
        assert_eq!(fair.len(), 0);
    }

    #[test]
    fn who_comes_late_waits_for_one_turn_of_each() {
        let mut fair = Fair::default();
        for at in 0..10_000 {
            fair.push("flood", 1, at);
        }
        for _ in 0..100 {
            fair.pop(|_| true);
        }
        fair.push("other", 1, 0);
        let ahead = std::iter::from_fn(|| fair.pop(|_| true))
            .take_while(|(key, _)| *key == "flood")
            .count();
        assert!(ahead as u64 <= 2 * QUANTUM, "{ahead} were ahead of it");
    }
}
