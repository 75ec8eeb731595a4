//! The pictures of the digits flow.

use crate::project::compile;
use flow_lang::plan::Plan;
use flowc::emit::{dot, drawing, mermaid};

fn plan() -> Plan {
    compile(include_str!("../../../examples/digits/main.flow"))
        .1
        .plan
        .expect("the flow is clean")
}

#[test]
fn the_whole_flow() {
    let drawing = drawing::flow(&plan());
    insta::assert_snapshot!("flow_mermaid", mermaid::render(&drawing));
    insta::assert_snapshot!("flow_dot", dot::render(&drawing));
}

#[test]
fn the_steps_of_a_rule() {
    let plan = plan();
    let drawing = drawing::steps("retrain", &plan.rules["retrain"].graph);
    insta::assert_snapshot!("steps_mermaid", mermaid::render(&drawing));
    let drawing = drawing::steps("read_digit", &plan.infers["read_digit"].graph);
    insta::assert_snapshot!("answer_mermaid", mermaid::render(&drawing));
}

#[test]
fn every_arrow_joins_two_boxes() {
    let plan = plan();
    let graphs = plan.rules.iter().map(|(name, rule)| (name, &rule.graph));
    let mut drawings: Vec<_> = graphs.map(|(name, graph)| drawing::steps(name, graph)).collect();
    drawings.push(drawing::flow(&plan));
    for drawing in drawings {
        for edge in &drawing.edges {
            for end in [&edge.from, &edge.to] {
                let ends = drawing.nodes.iter().filter(|node| node.id == *end).count();
                assert_eq!(ends, 1, "`{end}` in `{}`", drawing.title);
            }
        }
    }
}
