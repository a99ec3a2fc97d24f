//! The order in which tables are loaded.

use std::mem;
use std::sync::Arc;

use super::{Dictionary, Table};

impl Dictionary {
    /// The tables in the order in which they are to be loaded: each one after those that it
    /// strictly refers to, otherwise in the order of the dictionary. Tables that refer to each
    /// other in a cycle keep that order among themselves.
    pub fn loading_order(&self) -> Vec<&Arc<Table>> {
        let count = self.0.len();
        let reached = self.reached();
        // The tables that must come before each one: those that it leads to and that do not lead
        // back to it.
        let earlier: Vec<Vec<usize>> = (0..count)
            .map(|at| {
                let others = 0..count;
                let others = others.filter(|other| reached[at][*other] && !reached[*other][at]);
                others.collect()
            })
            .collect();
        let mut placed = vec![false; count];
        let mut order = Vec::with_capacity(count);
        for at in 0..count {
            let mut next = earlier[at].clone();
            // A table that must come before another has fewer tables before itself.
            next.sort_by_key(|other| earlier[*other].len());
            next.push(at);
            for at in next {
                if !mem::replace(&mut placed[at], true) {
                    order.push(&self.0[at]);
                }
            }
        }
        order
    }

    /// For each table, whether its strict references lead to each table, directly or through
    /// others.
    fn reached(&self) -> Vec<Vec<bool>> {
        let direct: Vec<Vec<usize>> = self
            .0
            .iter()
            .map(|table| {
                let named = table.strict_references().map(|reference| &reference.table);
                named
                    .filter_map(|name| self.0.iter().position(|other| other.name == *name))
                    .collect()
            })
            .collect();
        let from = |start: &Vec<usize>| {
            let mut reached = vec![false; self.0.len()];
            let mut open = start.clone();
            while let Some(at) = open.pop() {
                if !mem::replace(&mut reached[at], true) {
                    open.extend(&direct[at]);
                }
            }
            reached
        };
        direct.iter().map(from).collect()
    }
}
