//! Secrets and private data: what code gives away of them, and what is left of that.

use super::stage::{Stage, record, words};
use crate::functions::Call;
use crate::redact::Secrets;
use flow_lang::plan::Type;
use flow_lang::plan::private::is_sealed;
use serde_json::{Value, json};

const CODE: &str = "import base64, hashlib, json, sys
def told(args):
    key = args['key']
    print('plain', key)
    print('as json', json.dumps({'k': key}))
    print('twice', base64.b64encode(key.encode()).decode(), file=sys.stderr)
    # Longer than a line may be, with the secret where it is cut.
    print('x' * (64 * 1024 - 8) + key + 'y' * 70000)
    # Over the end of a write, and over the end of a line.
    sys.stdout.write(key[:9]); sys.stdout.flush(); sys.stdout.write(key[9:] + chr(10))
    return {'key': key, key: 1, 'list': [key.encode().hex()]}
def raised(args): raise KeyError(args['key'])
def lines(args):
    print('begin', args['pem'], 'end')
    print(args['pem'].splitlines()[0])
    print('done', end='')
def private(args):
    print('name', args['name'])
    return {'name': args['name'], 'digest': hashlib.sha256(args['name'].encode()).hexdigest()}
def failing(args):
    print('before')
    raise ValueError('what about ' + args['name'])
def wrong(args): return {'name': 7, 'digest': args['name']}
def sealed(args): return {'name': {'$sealed': 'AAAA'}, 'digest': ''}
def exits(args): sys.exit(args['name'])
";

const SECRET: &str = "canary-of-gold-4711";

fn secret(stage: &Stage, entry: &str, name: &str, value: &str) -> Call {
    let mut call = stage.call(entry, json!({}));
    call.secrets = Secrets::new([(name.to_owned(), value.to_owned())].into());
    call
}

#[tokio::test]
async fn a_secret_that_code_gives_away_is_told_by_its_name() {
    let stage = Stage::new(&[("s.py", CODE)]);
    let told = stage.invoke(secret(&stage, "s.told", "key", SECRET)).await;
    let hidden = "[secret key]";
    assert_eq!(told, Ok(json!({ "key": hidden, hidden: 1, "list": [hidden] })));
    let raised = stage.invoke(secret(&stage, "s.raised", "key", SECRET)).await;
    assert_eq!(words(&raised.unwrap_err()), "Crash: KeyError: '[secret key]'");
    let log = stage.log();
    assert!(
        !log.contains("canary") && !log.contains("4711") && !log.contains("Y2FuYXJ5"),
        "{log}"
    );
    assert!(
        log.contains("plain [secret key]") && log.contains("twice [secret key]"),
        "{log}"
    );
    assert_eq!(log.matches("[secret key]").count(), 6, "{log}");
}

#[tokio::test]
async fn a_secret_of_several_lines_is_found_and_other_lines_are_not_lost() {
    let stage = Stage::new(&[("s.py", CODE)]);
    let pem = "-----BEGIN KEY-----\nabcdefgh\nijklmnop\n-----END KEY-----\n";
    stage.invoke(secret(&stage, "s.lines", "pem", pem)).await.unwrap();
    let printed = [
        "stdout: begin [secret pem]",
        "stdout:  end",
        "stdout: -----BEGIN KEY-----",
        "stdout: done",
    ];
    assert_eq!(stage.printed(), printed);
}

fn private() -> Type {
    Type::Private(Box::new(Type::Text { max: Some(64) }))
}

/// A call that is given a private name and returns one.
fn named(stage: &Stage, entry: &str) -> Call {
    let mut call = stage.call(entry, json!({ "name": "canary" }));
    let digest = record("digest", Type::Text { max: Some(64) });
    call.input = record("name", private());
    call.output = record("name", private());
    if let (Type::Record(output), Type::Record(more)) = (&mut call.output, digest) {
        output.extend(more);
    }
    stage.seal.seal(&call.input, &mut call.args);
    assert!(is_sealed(&call.args["name"]));
    call
}

/// The log as `flowd logs` shows it, and as it is kept.
fn logs(stage: &Stage) -> (Vec<String>, String) {
    let open = |line: &String| {
        let (stream, text) = line.split_once(": ").unwrap();
        let text = stage.seal.open_line(text).expect("each line is sealed");
        format!("{stream}: {text}")
    };
    (stage.printed().iter().map(open).collect(), stage.log())
}

#[tokio::test]
async fn code_is_given_what_is_private_as_it_was_and_what_it_makes_of_it_is_sealed() {
    let stage = Stage::new(&[("s.py", CODE)]);
    let call = named(&stage, "s.private");
    let output = call.output.clone();
    let result = stage.invoke(call).await.unwrap();
    assert!(is_sealed(&result["name"]), "{result}");
    let digest = "4b8c0d8f";
    let opened = stage.seal.open(&output, result).unwrap();
    assert_eq!(opened["name"], "canary");
    assert_eq!(opened["digest"].as_str().map(str::len), Some(64), "{digest}");
    let (shown, kept) = logs(&stage);
    assert_eq!(shown, ["stdout: name canary"]);
    assert!(!kept.contains("canary"), "{kept}");
}

#[tokio::test]
async fn how_a_private_call_failed_is_in_its_log_alone() {
    for (entry, kind, log) in [
        ("s.failing", "Crash", "stderr: ValueError: what about canary"),
        ("s.wrong", "Type", "stderr: returned name: expected text"),
        ("s.exits", "Crash", "stderr: called sys.exit('canary')"),
        (
            "s.sealed",
            "Type",
            "stderr: returned value: `$sealed` is what the daemon makes",
        ),
    ] {
        let stage = Stage::new(&[("s.py", CODE)]);
        let error = stage.invoke(named(&stage, entry)).await.unwrap_err();
        let expected = format!("{kind}: withheld: `tried` reads private data; its log has it");
        assert_eq!(words(&error), expected);
        let (shown, kept) = logs(&stage);
        assert!(
            shown.iter().any(|line| line.starts_with(log)),
            "{entry}: {shown:?}"
        );
        assert!(!kept.contains("canary"), "{kept}");
    }
}

#[tokio::test]
async fn what_another_key_has_sealed_is_refused_by_name() {
    let (stage, other) = (Stage::new(&[("s.py", CODE)]), Stage::new(&[]));
    let mut call = named(&stage, "s.private");
    call.args = named(&other, "s.private").args;
    let error = stage.invoke(call).await.unwrap_err();
    let expected =
        "Refused: a private value was sealed with another key than this installation has in `seal.key`";
    assert_eq!(words(&error), expected);
    assert_eq!(stage.log(), "");
    // Without a private part nothing is sealed, whatever the code has seen before.
    let plain: Result<Value, _> = stage
        .invoke(stage.call("s.failing", json!({ "name": "x" })))
        .await;
    assert_eq!(words(&plain.unwrap_err()), "Crash: ValueError: what about x");
}
