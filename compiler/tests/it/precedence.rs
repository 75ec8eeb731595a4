//! What wins when a value is set in several places: as on OpenWhisk, what stands nearer to the call.

use crate::project::project;
use flow_lang::plan::{Expr, Op, Plan, Source};
use flowc::project::Environment;
use serde_json::{Value, json};

/// The plan of a text in an environment that is changed first.
fn plan(text: &str, change: impl FnOnce(&mut Environment)) -> Plan {
    let mut project = project(&format!("flow p  {text}"));
    change(project.envs.get_mut("dev").expect("the environment"));
    let checked = flowc::check(&project, "dev");
    checked
        .plan
        .unwrap_or_else(|| panic!("{text}: {:?}", checked.report.findings))
}

/// What `say` is called with for its field `level`.
fn level(declared: &str, params: &str, stated: Option<Value>, call: &str) -> Value {
    let text = format!(
        "trigger t  action say({{ level: int<0..9>{declared} }}) {{ \
         runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\"{params} }} \
         rule r: on t {{ say({call}) }}"
    );
    let plan = plan(&text, |env| {
        env.params.extend(stated.map(|value| ("level".to_owned(), value)));
    });
    let Op::Invoke { args, .. } = &plan.rules["r"].graph.steps[0].op else {
        panic!("no call: {plan:?}");
    };
    match args {
        Expr::Record(fields) => match &fields["level"] {
            Expr::Literal(value) => value.clone(),
            other => panic!("no literal: {other:?}"),
        },
        other => panic!("no record: {other:?}"),
    }
}

#[test]
fn an_argument_is_what_stands_nearest_to_the_call() {
    assert_eq!(level(" = 1", "", None, ""), 1);
    assert_eq!(level(" = 1", "", Some(json!(2)), ""), 2);
    assert_eq!(level(" = 1", ", params: { level: 3 }", Some(json!(2)), ""), 3);
    assert_eq!(
        level(" = 1", ", params: { level: 3 }", Some(json!(2)), "{ level: 4 }"),
        4
    );
    assert_eq!(level("", "", Some(json!(2)), ""), 2);
}

#[test]
fn what_an_environment_sets_is_checked() {
    let text = "flow p  trigger t  action say({ level: int<0..9> = 1 }) { \
        runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on t { say() }";
    for (name, value, expected) in [
        (
            "level",
            json!("loud"),
            "`env.dev.params.level` of flow.toml does not fit `say`: expected a whole number from 0 to 9, got \"loud\"",
        ),
        (
            "lever",
            json!(3),
            "`env.dev.params.lever` of flow.toml reaches nothing: no action or model has such a field",
        ),
    ] {
        let mut project = project(text);
        let env = project.envs.get_mut("dev").expect("the environment");
        env.params.insert(name.to_owned(), value);
        let found = flowc::check(&project, "dev").report.findings;
        let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, [expected]);
    }
}

/// The heartbeat of a feed, in milliseconds.
fn heartbeat(package: &str, stated: Option<Value>, trigger: &str) -> Value {
    let text = format!(
        "package tags = couchdb<{{ id: text<64B> }}> {package}  trigger t from tags.changes {trigger} \
         dataset seen: {{ id: text<64B> }}  rule r: on t(tag) {{ append tag to seen }}"
    );
    let plan = plan(&text, |env| {
        let config = stated.map(|value| ("heartbeat".to_owned(), value));
        env.packages
            .insert("tags".to_owned(), config.into_iter().collect());
    });
    let Some(Source::Package {
        package, settings, ..
    }) = &plan.triggers["t"].source
    else {
        panic!("no feed: {plan:?}");
    };
    plan.feed_config(package, settings)["heartbeat"].clone()
}

#[test]
fn a_word_of_a_package_is_what_stands_nearest_to_the_trigger() {
    assert_eq!(heartbeat("", None, ""), 10_000);
    assert_eq!(heartbeat("", Some(json!(2_000)), ""), 2_000);
    assert_eq!(heartbeat("{ heartbeat: 3s }", Some(json!(2_000)), ""), 3_000);
    assert_eq!(
        heartbeat("{ heartbeat: 3s }", Some(json!(2_000)), "{ heartbeat: 4s }"),
        4_000
    );
}

#[test]
fn secret_configuration_is_a_place_and_never_a_value() {
    let text = |package: &str| {
        format!(
            "secret couch  secret other  package tags = couchdb<{{ id: text<64B> }}> {package} \
             trigger t  action say() {{ runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\", secrets: [couch, other] }} \
             rule r: on t {{ tags.read({{ id: \"a\" }})  say() }}"
        )
    };
    let stated = |env: &mut Environment| {
        let config = [("password".to_owned(), json!("env:STATED"))];
        env.packages.insert("tags".to_owned(), config.into());
    };
    let place = |plan: &Plan| plan.packages["tags"].secrets["password"].clone();
    assert_eq!(place(&plan(&text(""), stated)), "env:STATED");
    assert_eq!(place(&plan(&text("{ password: couch }"), stated)), "env:COUCH");
    assert!(
        !plan(&text(""), stated).packages["tags"]
            .config
            .contains_key("password")
    );
}
