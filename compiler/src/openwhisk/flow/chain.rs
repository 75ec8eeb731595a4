//! From the name of an action or a sequence to the actions that are called, one after the other.

use super::actions::Functions;
use crate::openwhisk::deployment::{Deployment, Name, Sequence};
use std::collections::BTreeMap;

/// The most actions of a sequence, as OpenWhisk has it.
const PARTS_MAX: usize = 50;

fn too_long() -> String {
    format!("a sequence has at most {PARTS_MAX} actions")
}

/// What can be called, by name.
pub(super) struct Callable<'d> {
    deployment: &'d Deployment,
    actions: BTreeMap<&'d Name, usize>,
    sequences: BTreeMap<&'d Name, (&'d Sequence, &'d str)>,
}

impl<'d> Callable<'d> {
    /// `idents` are the names of the sequences in the flow, in their order; none as long as nothing is written.
    pub(super) fn new(
        deployment: &'d Deployment,
        functions: &Functions<'d>,
        idents: &'d [String],
    ) -> Callable<'d> {
        let actions = functions.all.iter().enumerate();
        let idents = idents.iter().map(String::as_str).chain(std::iter::repeat(""));
        let sequences = deployment.sequences.iter().zip(idents);
        Callable {
            deployment,
            actions: actions.map(|(ix, function)| (&function.of.name, ix)).collect(),
            sequences: sequences
                .map(|(sequence, ident)| (&sequence.name, (sequence, ident)))
                .collect(),
        }
    }

    /// The actions behind a name that is written in `package`, never none.
    ///
    /// # Errors
    /// Why they cannot be called.
    pub(super) fn chain(
        &self,
        functions: &Functions<'_>,
        written: &str,
        package: Option<&str>,
    ) -> Result<Vec<usize>, String> {
        let mut chain = Vec::new();
        self.expand(functions, written, package, &mut Vec::new(), &mut chain)?;
        Ok(chain)
    }

    /// The name in the flow of what a name means there: of an action, or of a sequence of several.
    ///
    /// # Errors
    /// As for [`Callable::chain`].
    pub(super) fn ident(
        &self,
        functions: &Functions<'_>,
        written: &str,
        package: Option<&str>,
    ) -> Result<String, String> {
        let chain = self.chain(functions, written, package)?;
        let name = self.find(written, package)?;
        Ok(match (self.sequences.get(&name), chain.as_slice()) {
            (Some((_, ident)), [_, _, ..]) => (*ident).to_owned(),
            _ => functions.all[chain[0]].ident.clone(),
        })
    }

    fn expand(
        &self,
        functions: &Functions<'_>,
        written: &str,
        package: Option<&str>,
        open: &mut Vec<Name>,
        chain: &mut Vec<usize>,
    ) -> Result<(), String> {
        let name = self.find(written, package)?;
        if let Some(ix) = self.actions.get(&name) {
            if functions.all[*ix].placed.is_none() {
                return Err(format!("the action {} is not imported", name.shown()));
            }
            chain.push(*ix);
        } else if let Some((sequence, _)) = self.sequences.get(&name) {
            if open.contains(&name) {
                return Err(format!("the sequence {} is a part of itself", name.shown()));
            }
            if open.len() >= PARTS_MAX {
                return Err(too_long());
            }
            open.push(name);
            for part in &sequence.parts {
                self.expand(functions, part, sequence.name.package.as_deref(), open, chain)?;
            }
            open.pop();
        }
        match chain.len() > PARTS_MAX {
            true => Err(too_long()),
            false => Ok(()),
        }
    }

    /// The name of something that is there.
    fn find(&self, written: &str, package: Option<&str>) -> Result<Name, String> {
        let Some(name) = Name::read(written, package) else {
            return Err(format!(
                "{written} belongs to somebody else, and its code is not here"
            ));
        };
        let there = |name: &Name| self.actions.contains_key(name) || self.sequences.contains_key(name);
        if there(&name) {
            return Ok(name);
        }
        let outside = Name {
            package: None,
            name: name.name.clone(),
        };
        if !written.contains('/') && there(&outside) {
            return Ok(outside);
        }
        let bound = self
            .deployment
            .bindings
            .iter()
            .find(|binding| Some(&binding.name) == name.package.as_ref());
        Err(match bound {
            Some(binding) => format!(
                "{written} is an action of {}, whose code is not here",
                binding.location
            ),
            None => format!("there is no action and no sequence {written}"),
        })
    }
}
