use super::*;
use proptest::prelude::*;
use serde_json::json;

/// What an answer holds, pushed in pieces of so many bytes: the rows in short, and the end.
fn read(continuous: bool, text: &[u8], piece: usize) -> Result<(Vec<String>, Option<End>), String> {
    let mut rows = Rows::new(continuous);
    let mut out = VecDeque::new();
    for chunk in text.chunks(piece) {
        rows.push(chunk, &mut out)?;
    }
    let short = |row: Row| {
        let what = match row.what {
            What::Document(document) => Value::Object(document).to_string(),
            What::Absent => "absent".into(),
            What::TooLong => "too long".into(),
            What::Deleted => "deleted".into(),
        };
        format!("{} {}@{} {what}", row.seq, row.id, row.rev)
    };
    Ok((out.into_iter().map(short).collect(), rows.end()))
}

const ROWS: [&str; 5] = [
    r#"{"seq":"1-g{[","id":"a\"}","changes":[{"rev":"1-a"}],"doc":{"_id":"a","_rev":"1-a","x":"}\\","doc":{"y":[1,{}]}}}"#,
    r#"{"id":"b","changes":[{"rev":"2-b"}],"doc":null,"seq":[2,"g1"]}"#,
    r#"{"id":"c","changes":[{"rev":"3-c"},{"rev":"3-d"}],"deleted":true,"seq":{"at":3}}"#,
    r#"{"id":"doc","changes":[{"rev":"1-e"}],"seq":4,"doc":{"_id":"e","_rev":"2-e"}}"#,
    r#"{"id":"f","changes":[{"rev":"1-f"}],"doc":{"_id":"f","_rev":"1-f","_deleted":true},"seq":0.5}"#,
];

fn expected() -> Vec<String> {
    let document = r#"{"_id":"a","_rev":"1-a","doc":{"y":[1,{}]},"x":"}\\"}"#;
    vec![
        format!(r#""1-g{{[" a"}}@1-a {document}"#),
        r#"[2,"g1"] b@2-b absent"#.into(),
        r#"{"at":3} c@3-c deleted"#.into(),
        r#"4 doc@2-e {"_id":"e","_rev":"2-e"}"#.into(),
        "0.5 f@1-f deleted".into(),
    ]
}

#[test]
fn an_answer_is_the_same_however_it_is_cut() {
    let lines = format!(
        "\n\n{}\n\n{{\"last_seq\":[9,\"x\"],\"pending\":3}}\n",
        ROWS.join("\n")
    );
    let whole = format!(
        "{{\"results\":[\n\n{}\n],\n\"last_seq\":[9,\"x\"],\"pending\":3}}\n",
        ROWS.join(",\n")
    );
    for (continuous, text) in [(true, lines), (false, whole)] {
        for piece in 1..text.len() + 1 {
            let (rows, end) = read(continuous, text.as_bytes(), piece).unwrap();
            assert_eq!(rows, expected(), "in pieces of {piece}");
            let end = end.expect("it has an end");
            assert_eq!((end.last_seq, end.pending), (json!([9, "x"]), Some(3)));
        }
    }
}

#[test]
fn an_answer_that_breaks_off_gives_what_was_whole() {
    let whole = format!("{{\"results\":[{}],\"last_seq\":5}}", ROWS.join(","));
    for length in 0..whole.len() {
        let (rows, end) = read(false, &whole.as_bytes()[..length], 7).unwrap();
        assert!(end.is_none());
        assert_eq!(rows, expected()[..rows.len()]);
    }
}

#[test]
fn a_document_that_is_too_long_is_passed_over_and_not_kept() {
    let long = "x".repeat(ROW_MAX * 3);
    let row = |id: &str, text: &str| {
        format!(r#"{{"id":"{id}","changes":[{{"rev":"1-a"}}],"doc":{{"_rev":"1-a","x":"{text}"}},"seq":7}}"#)
    };
    let lines = [row("a", ""), row("b", &long), row("c", "")].join("\n");
    let mut rows = Rows::new(true);
    let mut out = VecDeque::new();
    for chunk in lines.as_bytes().chunks(64 << 10) {
        rows.push(chunk, &mut out).unwrap();
        assert!(rows.row.capacity() <= 3 * ROW_MAX);
    }
    let what: Vec<_> = out
        .iter()
        .map(|row| (row.id.as_str(), matches!(row.what, What::TooLong)))
        .collect();
    assert_eq!(what, [("a", false), ("b", true), ("c", false)]);
    assert_eq!((&out[1].seq, out[1].rev.as_str()), (&json!(7), "1-a"));

    // What is too long somewhere else is no change.
    let odd = format!(r#"{{"id":"{long}","#);
    assert!(read(true, odd.as_bytes(), 64 << 10).is_err());
}

#[test]
fn what_is_no_answer_is_told_with_its_beginning() {
    for (continuous, text) in [
        (true, "<html>"),
        (true, "{\"a\":1}"),
        (true, "{\"id\":\"a\",\"changes\":[]}"),
        (true, "{\"id\":\"a\",\"changes\":[{\"rev\":\"1\"}]}"),
        (true, "{} }"),
        (true, ","),
        (true, "[]"),
        (false, "<html>"),
        (false, "[]"),
        (false, "{\"results\":[{\"id\":1}]}"),
        (false, "{\"results\":[]}"),
        (false, "{\"results\":[],\"last_seq\":1}{"),
        (false, "{\"ok\":true}"),
    ] {
        let error = read(continuous, text.as_bytes(), 3);
        let error = error.err().unwrap_or_else(|| panic!("{text} is taken"));
        assert!(error.contains("no change"), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn garbage_is_refused_and_breaks_nothing(
        bytes in prop::collection::vec(prop::sample::select(br#"{}[]",:\ adoc"#.to_vec()), 0..200),
        continuous: bool,
        piece in 1_usize..20,
    ) {
        drop(read(continuous, &bytes, piece));
    }

    #[test]
    fn documents_come_as_they_are(text: String, number: i32, continuous: bool, piece in 1_usize..50) {
        let document = json!({ "_id": "a", "_rev": "1-a", &text: number, "text": &text });
        let row = json!({ "seq": &text, "id": &text, "changes": [{ "rev": "1-a" }], "doc": document });
        let answer = match continuous {
            true => format!("{row}\n"),
            false => json!({ "results": [row], "last_seq": 1 }).to_string(),
        };
        let (rows, _) = read(continuous, answer.as_bytes(), piece).unwrap();
        prop_assert_eq!(rows, [format!("{} {text}@1-a {document}", json!(&text))]);
    }
}
