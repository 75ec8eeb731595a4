use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

fn secrets(of: &[(&str, &str)]) -> Redaction {
    let of = of
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Secrets::new(of.collect()).redaction()
}

#[test]
fn a_secret_is_found_in_every_form_and_nothing_else_is_touched() {
    let value = "p/ss \"wört\\1";
    let redaction = secrets(&[("key", value)]);
    for (text, expected) in [
        (value.to_owned(), "[secret key]"),
        (format!("a {value}."), "a [secret key]."),
        (json!({ "k": value }).to_string(), "{\"k\":\"[secret key]\"}"),
        (
            r#"{"k": "p/ss \"w\u00f6rt\\1"}"#.to_owned(),
            r#"{"k": "[secret key]"}"#,
        ),
        (
            r#"KeyError: 'p/ss "wört\\1'"#.to_owned(),
            "KeyError: '[secret key]'",
        ),
        ("?k=p%2Fss%20%22w%C3%B6rt%5C1&".to_owned(), "?k=[secret key]&"),
        ("?k=p/ss+%22w%c3%b6rt%5c1&".to_owned(), "?k=[secret key]&"),
        ("702F73732022 77".to_owned(), "702F73732022 77"),
        ("702f7373202277c3b672745c31".to_owned(), "[secret key]"),
        ("702F7373202277C3B672745C31".to_owned(), "[secret key]"),
        (STANDARD.encode(value), "[secret key]"),
        ("p/ss wort".to_owned(), "p/ss wort"),
        (String::new(), ""),
    ] {
        assert_eq!(redaction.text(&text), expected, "{text}");
    }
    // Of a group of base64 that it shares, it does not decide every bit.
    let basic = STANDARD.encode(format!("user:{value}"));
    let told = redaction.text(&basic).into_owned();
    assert!(
        told.contains("[secret key]") && told.len() < "[secret key]".len() + 12,
        "{told}"
    );
}

#[test]
fn secrets_that_overlap_leave_no_rest() {
    let redaction = secrets(&[("a", "abcdef"), ("b", "defghi"), ("c", "abcdefgh")]);
    assert_eq!(redaction.text("-abcdefghi-"), "-[secret c]-");
    assert_eq!(redaction.text("-defghi abcdef-"), "-[secret b] [secret a]-");
    assert_eq!(secrets(&[("a", "aaaaaa")]).text("aaaaaaaaa."), "[secret a].");
}

#[test]
fn values_are_searched_whole_and_short_secrets_are_not_looked_for() {
    let redaction = secrets(&[("key", "hunter22"), ("pin", "12345"), ("number", "1234567")]);
    let value = json!({ "a": ["x hunter22"], "hunter22": { "n": 1234567 }, "pin": "12345", "b": 7.5 });
    assert_eq!(
        redaction.value(value),
        json!({ "a": ["x [secret key]"], "[secret key]": { "n": "[secret number]" }, "pin": "12345", "b": 7.5 })
    );
    assert!(secrets(&[("pin", "12345")]).is_idle());
}

/// What comes out of a text that is given in pieces of so many bytes.
fn piecewise(redaction: &Redaction, text: &str, size: usize) -> String {
    let mut stream = Stream::new(redaction.clone());
    let mut out = Vec::new();
    for piece in text.as_bytes().chunks(size) {
        out.extend(stream.push(piece, Cut::Anywhere));
    }
    out.extend(stream.finish());
    String::from_utf8(out).expect("only text was given")
}

#[test]
fn a_secret_is_found_wherever_the_stream_is_cut() {
    let redaction = secrets(&[
        ("key", "hunter22"),
        ("long", "hunter22-and-more"),
        ("self", "ababab"),
        ("lines", "-----BEGIN\nabc\n-----END"),
    ]);
    for text in [
        "hunter22",
        "hunter22-and-mor hunter22-and-more hunter2",
        "abababababab abab ababa",
        "xx hunthunter22 -----BEGIN\nabc\n-----EN -----BEGIN\nabc\n-----END yy",
        "68756e7465723232 aHVudGVyMjI= hunter2",
        "hunter22-and-ababab",
    ] {
        let whole = redaction.text(text).into_owned();
        for size in 1..=text.len() {
            assert_eq!(piecewise(&redaction, text, size), whole, "{size} of {text}");
        }
    }
}

#[test]
fn lines_come_out_whole_and_at_once_unless_a_secret_of_several_has_begun() {
    let mut stream = Stream::new(secrets(&[("pem", "-----BEGIN\nabc\n-----END")]));
    let mut push = |line: &str| String::from_utf8(stream.push(line.as_bytes(), Cut::Line)).unwrap();
    assert_eq!(push("one -----BEG\n"), "one -----BEG\n");
    assert_eq!(push("the key -----BEGIN\n"), "");
    assert_eq!(push("no\n"), "the key -----BEGIN\nno\n");
    assert_eq!(push("the key -----BEGIN\n"), "");
    assert_eq!(push("abc\n"), "");
    assert_eq!(push("-----END!\n"), "the key [secret pem]!\n");
    assert_eq!(push("-----BEGIN\n"), "");
    assert_eq!(String::from_utf8(stream.finish()).unwrap(), "-----BEGIN\n");
}

#[test]
fn nobody_sees_a_secret_by_printing_what_holds_it() {
    let secrets = Secrets::new([("key".to_owned(), "hunter22".to_owned())].into());
    assert_eq!(format!("{secrets:?}"), "{\"key\"}");
}

#[test]
fn a_secret_that_does_not_fit_what_is_proved_is_not_given_to_code() {
    let mut plan = serde_json::from_value::<Plan>(json!({
        "version": 1, "flow": "f", "env": "dev", "packages": {}, "triggers": {}, "secrets": {}, "actions": {},
        "jobs": {}, "datasets": {}, "models": {}, "infers": {}, "feedbacks": {}, "rules": {},
    }))
    .expect("an empty plan");
    plan.secrets.insert("key".into(), "env:KEY".into());
    let check = |value: Option<String>, says: &str| {
        let found = Secrets::find(&plan, &["key".into()], |_| value.clone());
        assert_eq!(
            found.map(drop).map_err(|error| error.to_string()),
            Err(says.to_owned())
        );
    };
    let unfit = "secret `key` (`env:KEY`) is no text of at most 16KiB without control characters";
    check(Some("x".repeat(SECRET_BYTES_MAX as usize + 1)), unfit);
    check(Some("a\u{1}b".into()), unfit);
    check(None, "secret `key` is not set (`env:KEY`)");
    let longest = "\"".repeat(SECRET_BYTES_MAX as usize);
    let found = Secrets::find(&plan, &["key".into()], |_| Some(longest.clone())).expect("it fits");
    for args in [json!({}), json!({ "a": 1 })] {
        let mut laid = args.clone();
        laid["key"] = json!(longest);
        assert_eq!(found.size_with(&args), json_size(&laid), "{args}");
    }
    assert!(Secrets::find(&plan, &["other".into()], |_| Some("x".into())).is_err());
}
