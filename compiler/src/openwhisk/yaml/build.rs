//! From the events of the parser to a tree.

use super::{DEPTH_MAX, Entry, Kind, NODES_MAX, Node};
use flow_lang::report::{Code, Finding};
use flow_lang::span::{SourceId, Span};
use saphyr_parser::{Event, ScalarStyle};
use std::collections::{BTreeMap, BTreeSet};

/// A list or a mapping that is not closed yet.
struct Open {
    span: Span,
    anchor: usize,
    /// How many values it holds so far, itself included, and how deep they go.
    nodes: usize,
    height: usize,
    of: Of,
}

enum Of {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        seen: BTreeSet<String>,
        key: Option<(String, Span)>,
    },
}

/// A whole value with its measures.
#[derive(Clone)]
struct Whole {
    node: Node,
    nodes: usize,
    height: usize,
}

#[derive(Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Whole>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder {
    pub(super) fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Finding> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.root.is_some() => {
                let finding = Finding::new(Code::SyntaxUnexpected, span, "a second document");
                Err(finding.help("a manifest is one document: give each a file of its own"))
            }
            Event::DocumentStart(_) => Ok(()),
            Event::Scalar(text, style, anchor, _) => {
                self.count(1, span)?;
                let kind = Kind::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                };
                let whole = Whole {
                    node: Node { span, kind },
                    nodes: 1,
                    height: 0,
                };
                self.add(whole, anchor)
            }
            Event::Alias(anchor) => {
                let Some(whole) = self.anchors.get(&anchor) else {
                    let finding =
                        Finding::new(Code::GraphCycle, span, "an alias inside of what it stands for");
                    return Err(finding.help("write the value out"));
                };
                // Counted before it is copied.
                let (nodes, height) = (whole.nodes, whole.height);
                self.count(nodes, span)?;
                if self.open.len() + height > DEPTH_MAX {
                    return Err(too_deep(span));
                }
                let mut whole = self.anchors[&anchor].clone();
                whole.node.span = span;
                self.add(whole, 0)
            }
            Event::SequenceStart(anchor, _) => self.push(span, anchor, Of::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let of = Of::Map {
                    entries: Vec::new(),
                    seen: BTreeSet::new(),
                    key: None,
                };
                self.push(span, anchor, of)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
        }
    }

    /// The tree; an empty file says nothing.
    pub(super) fn finish(self, source: SourceId) -> Node {
        let kind = Kind::Scalar {
            text: String::new(),
            plain: true,
        };
        let span = Span::new(source, 0, 0);
        self.root.unwrap_or(Node { span, kind })
    }

    fn count(&mut self, nodes: usize, at: Span) -> Result<(), Finding> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= NODES_MAX {
            return Ok(());
        }
        let message = format!("more than {NODES_MAX} values, those behind each alias counted");
        let finding = Finding::new(Code::SyntaxNesting, at, message);
        Err(finding.help("say less in one file, and use fewer aliases of aliases"))
    }

    fn push(&mut self, span: Span, anchor: usize, of: Of) -> Result<(), Finding> {
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep(span));
        }
        self.count(1, span)?;
        self.open.push(Open {
            span,
            anchor,
            nodes: 1,
            height: 0,
            of,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Finding> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let kind = match open.of {
            Of::List(items) => Kind::List(items),
            Of::Map { entries, .. } => Kind::Map(merged(entries)?),
        };
        let span = Span {
            end: end.start.max(open.span.end),
            ..open.span
        };
        let whole = Whole {
            node: Node { span, kind },
            nodes: open.nodes,
            height: open.height + 1,
        };
        self.add(whole, open.anchor)
    }

    /// Puts a whole value where it belongs.
    fn add(&mut self, whole: Whole, anchor: usize) -> Result<(), Finding> {
        if anchor > 0 {
            self.anchors.insert(anchor, whole.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(whole.node);
            return Ok(());
        };
        open.nodes += whole.nodes;
        open.height = open.height.max(whole.height);
        match &mut open.of {
            Of::List(items) => items.push(whole.node),
            Of::Map { entries, seen, key } => match key.take() {
                Some((key, span)) => entries.push(Entry {
                    key,
                    span,
                    value: whole.node,
                }),
                None => *key = Some(new_key(whole.node, seen)?),
            },
        }
        Ok(())
    }
}

fn too_deep(at: Span) -> Finding {
    let message = format!("values nested more than {DEPTH_MAX} deep");
    Finding::new(Code::SyntaxNesting, at, message).help("say it with fewer levels")
}

/// A key that stands for the first time.
fn new_key(node: Node, seen: &mut BTreeSet<String>) -> Result<(String, Span), Finding> {
    let Kind::Scalar { text, .. } = node.kind else {
        let finding = Finding::new(Code::SyntaxUnexpected, node.span, "a key that is no text");
        return Err(finding.help("write `key: value`"));
    };
    if !seen.insert(text.clone()) {
        let message = format!("`{text}` stands twice in one mapping");
        return Err(Finding::new(Code::NamesDuplicate, node.span, message).help("keep one of them"));
    }
    Ok((text, node.span))
}

/// `<<: *base` lays what it names under the other keys.
fn merged(entries: Vec<Entry>) -> Result<Vec<Entry>, Finding> {
    let (bases, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.key == "<<");
    let mut seen: BTreeSet<String> = own.iter().map(|entry| entry.key.clone()).collect();
    for base in bases {
        let maps = match base.value.kind {
            Kind::List(maps) => maps,
            Kind::Map(_) | Kind::Scalar { .. } => vec![base.value],
        };
        for map in maps {
            let Kind::Map(entries) = map.kind else {
                let finding = Finding::new(Code::TypesProperty, map.span, "`<<` takes a mapping");
                return Err(finding.help("write `<<: *name`, where `name` is the anchor of a mapping"));
            };
            own.extend(entries.into_iter().filter(|entry| seen.insert(entry.key.clone())));
        }
    }
    Ok(own)
}
