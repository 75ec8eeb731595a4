//! docs/operations.md names every command, route and error of the daemon.

use clap::CommandFactory;
use flowd::cli::Args;
use std::collections::BTreeSet;
use std::path::Path;

/// A file of the repository.
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The texts in quotes of all files of the HTTP side that `is` accepts.
fn quoted(is: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let rooms = ["orchestrator/src/api.rs".to_owned()].into_iter();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let files = std::fs::read_dir(folder).expect("the folder of the HTTP side");
    let files = files.map(|file| {
        let name = file.expect("a file").file_name();
        format!("orchestrator/src/api/{}", name.to_string_lossy())
    });
    let texts: Vec<_> = rooms.chain(files).map(|path| read(&path)).collect();
    let quoted = texts.iter().flat_map(|text| text.split('"').skip(1).step_by(2));
    quoted.filter(|text| is(text)).map(str::to_owned).collect()
}

#[test]
fn every_command_has_a_line() {
    let page = read("docs/operations.md");
    for command in Args::command().get_subcommands() {
        let name = command.get_name();
        let named = [format!("\n| `{name}`"), format!("\n| `{name} ")];
        assert!(
            named.iter().any(|line| page.contains(line)),
            "no line of `flowd {name}`"
        );
    }
}

#[test]
fn every_route_and_error_has_a_line() {
    let page = read("docs/operations.md");
    let routes = quoted(|text| text.starts_with("/v1/") || text == "/healthz" || text == "/metrics");
    assert!(routes.len() > 10, "{routes:?}");
    for route in routes {
        let written = [
            ("{flow}", "F"),
            ("{trigger}", "T"),
            ("{action}", "A"),
            ("{infer}", "I"),
            ("{run}", "ID"),
            ("{step}", "NAME"),
            ("{letter}", "ID"),
            ("{ticket}", "TICKET"),
        ]
        .iter()
        .fold(route, |route, (from, to)| route.replace(from, to));
        let named = ["GET", "POST"].map(|method| format!("`{method} {written}`"));
        assert!(
            named.iter().any(|name| page.contains(name)),
            "no line of {written}"
        );
    }
    let groups = [
        "request/",
        "daemon/",
        "deploy/",
        "model/",
        "step/",
        "letter/",
        "feed/",
        "callback/",
    ];
    let errors = quoted(|text| groups.iter().any(|group| text.starts_with(group)));
    assert!(errors.len() > 10, "{errors:?}");
    for error in errors {
        assert!(page.contains(&format!("`{error}`")), "no line of {error}");
    }
}
