//! Scripts of `wsk`.

use super::{import, printed, read};
use flowc::cli::Exit;

const IMAGE_TAGS: &str = include_str!("../../../../examples/image-tags/README.md");

#[test]
fn the_four_commands_of_image_tags_become_a_flow() {
    let (_, commands) = IMAGE_TAGS
        .split_once("```sh\n")
        .expect("the page has the commands");
    let (commands, _) = commands.split_once("```").expect("a block ends");
    assert_eq!(commands.matches("wsk ").count(), 4);
    let code = "function main(params) { return {}; }\n";
    let (folder, ran, checked) = import(
        &[
            ("deploy.sh", commands),
            ("actions/updateDocumentWithWatson.js", code),
        ],
        "deploy.sh",
    );
    insta::assert_snapshot!(
        "image_tags",
        format!(
            "{}\n---- flow.toml\n{}",
            read(&folder, "main.flow"),
            read(&folder, "flow.toml")
        )
    );
    assert!(ran.err.contains("not imported"), "{}", ran.err);
    assert_eq!(checked.exit, Exit::Clean, "{}", checked.out);
    // The one thing to say is that Node 8 is retired.
    assert_eq!(
        checked.out.matches("warning").count(),
        checked.out.matches("code/runtime").count() + 1,
        "{}",
        checked.out
    );
}

#[test]
fn a_script_is_read_as_a_shell_reads_it() {
    let script = r#"#!/usr/bin/env bash
# wsk action create in_a_comment x.js
set -euo pipefail
PACKAGE=shop
WSK="wsk -i"
$WSK package create "$PACKAGE" -p currency EUR
wsk -i action create $PACKAGE/total \
    'code/total.py' --kind "python:3" --main total_of \
    -m 128 -t 30000 -l 5 -p rate 1.5 --param note "two \"words\"" -p options '{"deep": [1, 2]}' \
    -p api_key "$API_KEY" -p where "$(hostname)" --web-secure x
wsk action update shop/total -t 45000 && echo done
cat <<EOF > ignored.txt
wsk action create in_a_document y.js
EOF
if [ -n "$EXTRA" ]; then
  /usr/local/bin/wsk action create report code/report.js
fi
ibmcloud fn action create both --sequence shop/total,report
wsk trigger create sold -p amount 3
wsk trigger create hourly --feed /whisk.system/alarms/alarm --param cron '0 * * * *' --param trigger_payload '{"amount":7}'
wsk rule create on_sale sold both > /dev/null 2>&1
wsk rule create on_hour hourly /_/both
wsk api create /shop /total post shop/total --response-type json
wsk action create "$NAME" code/report.js
wsk action invoke report --param token hunter2
"#;
    let total = "def total_of(args):\n    return {}\n";
    let (folder, _, checked) = import(
        &[
            ("deploy.sh", script),
            ("code/total.py", total),
            ("code/report.js", "exports.main = () => ({})\n"),
        ],
        "deploy.sh",
    );
    let flow = read(&folder, "main.flow");
    insta::assert_snapshot!("shell", flow);
    assert_eq!(checked.exit, Exit::Clean, "{}", checked.out);
    assert!(!flow.contains("hunter2") && !flow.contains("in_a_"), "{flow}");
}

#[test]
fn secrets_of_a_script_are_named_and_not_repeated() {
    let script = "wsk action create a a.js -p password hunter2 -p TOKEN \"$THE_TOKEN\" -p user ada\nwsk property set --auth 23bc46b1:123zO3xZCLrMN6v2\n";
    let ran = printed("deploy.sh", script);
    assert_eq!(ran.exit, Exit::Clean, "{}", ran.err);
    for gone in ["hunter2", "123zO3"] {
        assert!(!ran.out.contains(gone), "{}", ran.out);
    }
    for there in [
        "secret TOKEN",
        "secret password",
        "secrets.TOKEN = \"env:THE_TOKEN\"",
        "= \"ada\"",
    ] {
        assert!(ran.out.contains(there), "{there}: {}", ran.out);
    }
}
