//! What looks doubtful and is fine.

use crate::cases::check;

const CASES: &[&str] = &[
    "",
    "rule r: on fired(e) { append e to rows }",
    "rule r: on fired(e) if e.n > 4 and not (e.n == 9) { f(e) }",
    "rule r: on fired(e) { say({ message: e.note ?? \"nothing\" }) }",
    "rule r: on fired(e) { say({ message: \"x\" }, level: 3) }",
    "rule r: on fired(e) { let s = f(e)  when s.s > 0.5 { say({ message: \"big\" }) } else when s.s > 0.2 { say({ message: \"small\" }) } else {} }",
    "rule r: on fired(e) { let word = when e.n > 4 { \"big\" } else { \"small\" }  say({ message: word }) }",
    "rule r: on fired(e) { let s = f(e) catch err => { s: 0 }  when s.s * 2 + 1 >= 1.5 { say({ message: \"x\" }) } }",
    "rule r: on fired(e) { f(e) catch err => say({ message: \"failed\" }) }",
    "rule r: on daily or rows.grew(rows: 5) { say({ message: \"either\" }) }",
    "rule r: on rows.grew(rows: 5, grown) { when grown.rows > 10 { say({ message: \"many\" }) } }",
    "rule r: on fired(a) or fired(a) { f(a) }",
    "rule r: on fired(e) { let _ = f(e) }",
    "rule r: on fired(e) { let old = judge({ m: m.live, d: rows.snapshot() })  when (old.a ?? 0) > 0.5 { f(e) } }",
    "rule r: on daily with { overlap: skip } { let p = rows.split(test: 12.5%)  let a = fit({ d: p.train })  let s = judge({ m: a, d: p.test })  when s.a > 0.9 { deploy a to m } }",
    "rule r: on fired(e) { m({ x: f(e).s }) }",
    "type A { b: B }  type B { n: int }  trigger a: A  rule r: on a(x) { when x.b.n == 1 { say({ message: \"one\" }) } }",
    "rule r: on fired(e) { f({ n: e.n }) |> same }  action same({ s: float }) -> { s: float } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }",
    "prepare twice({ n: int<0..9> }) -> Row { return tidy({ n: n }) }  rule r: on fired(e) { append twice(e) to rows }",
    "action at({ when_: time = \"2024-02-29T00:00:00Z\", wait_for: duration = 5s }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on daily { at() }",
    "rule r: on fit.published(v) with { overlap: queue } { let s = judge({ m: v.model, d: rows.snapshot() })  when s.a > 0.9 { deploy v.model to m } }",
    "rule r: on m.deployed(v) { when v.version > (v.previous ?? 0) { judge({ m: v.model, d: rows.snapshot() }) } }",
    "rule r: on keep.failed(run) or all.failed(run) { when run.error.kind == \"timeout\" { say({ message: run.run }) } }",
    "import model digits from \"../digits\"  rule r: on digits.deployed { say({ message: \"new\" }) }",
    // emit and after
    "trigger rung  rule r: on fired(e) { emit rung  when e.n > 4 { emit rung } }  rule s: on rung { say({ message: \"x\" }) }",
    "trigger told: { who: private text<64B> }  trigger q: { who: private text<32B> }  rule r: on q(p) { let first = emit told(p)  emit told({ who: \"me\" }) after first }  action see({ who: private text<64B> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule s: on told(p) { see(p) }",
    "rule r: on fired(e) { let first = append e to rows  let got = f(e) catch err => { s: 0 }  say({ message: \"x\" }) after first after got }",
    "rule r: on fired(e) { let got = f(e)  let s = got.s  when e.n > 4 { say({ message: \"x\" }) } after s }",
    "rule r: on daily with { overlap: skip } { let a = fit({ d: rows.snapshot() })  let s = judge({ m: a, d: rows.snapshot() })  when s.a > 0.9 { let first = deploy a to m  deploy a to m after first } }",
    // An approval is a step with a value, and fails like any other.
    "action who({ by: text<256B> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { let ok = wait approval(\"leads\", 24h)  who(ok)  f(e) after ok }",
    // A callback has a private address, and what is posted there has the type that is declared.
    "action go({ url: private text<1KiB> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { let cb = callback(1h)  go(cb)  let got: Row = wait cb  f(got) }",
    "action go({ n: int<0..9>, url: private text<1KiB> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { let cb = callback(1h)  let sent = go({ n: e.n, url: cb.url })  let got: Row = wait cb after sent  f(got) }",
    "rule r: on fired(e) { let cb = callback(1h)  let got: Row = wait cb catch err => { n: 0 }  f(got) }",
    "rule r: on fired(e) { each x in [1, 2] { let cb = callback(1h)  let got: Row = wait cb  f(got) } }",
    "action callback({ n: int<0..9> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { callback(e) }",
    "rule r: on fired(e) { wait approval(\"leads\", 30m) catch err => say({ message: err.kind }) }",
    "action who({ by: text<256B> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { each x in [1, 2] { let ok = wait approval(\"leads\", 1h)  who({ by: ok.by }) } }",
    // sleep and on failure
    "rule r: on fired(e) { let pause = sleep 5m  f(e) after pause  let _ = f(e) after pause }",
    "rule r: on fired(e) { when e.n > 4 { let nap = sleep 30d  say({ message: \"x\" }) after nap } }",
    "rule r: on fired(e) { f(e)  on failure(err) { say({ message: \"failed\" })  when err.attempts > 1 { append e to rows } } }",
    "rule r: on fired(e) { f(e) catch err => say({ message: err.kind })  on failure(err) { f(e) catch again => say({ message: again.kind }) } }",
    // What may run after all, and what others fire.
    "trigger told: Row  rule s: on told(e) if e.n > 8 { f(e) }",
    "rule r: on fired(e) { when e.n > 4 { f(e) } else when e.n > 2 { say({ message: \"x\" }) } else { f({ n: 1 }) }  when e.n >= 0 { f({ n: 2 }) } }",
    "rule r: on fired(e) { let got = f(e)  when got.s >= 1 { when e.n > 8 and not (e.n < 9) { say({ message: e.note ?? \"x\" }) } } }",
    "prepare sized({ n: int<0..9> }) -> { word: text<9B> } { let word = when n > 4 { \"big\" } else { \"small\" }  return { word: word } }  rule r: on daily { let a = sized({ n: 1 })  let b = sized({ n: 7 })  say({ message: a.word })  say({ message: b.word }) }",
    "prepare sized({ n: int<0..9> }) -> { word: text<9B> } { let word = when n > 4 { \"big\" } else { \"small\" }  return { word: word } }  rule r: on daily { let a = sized({ n: 1 })  say({ message: a.word }) }  rule q: on fired(e) { let a = sized(e)  say({ message: a.word }) }",
    "dataset seen: In  infer near(In) -> Out on POST \"/near\" { append { x: x } to seen  return m({ x: x }) }  rule r: on seen.grew(rows: 9) { say({ message: \"x\" }) }",
    "rule r: on fit.published(v) or fit.published(v) { when v.version == 1 { say({ message: \"first\" }) } }",
    "rule idle: on fired(e) if e.n * 9007199254740991 > 0 {}  rule r: on idle.failed(run) { say({ message: run.run }) }",
    "import \"lib/x.flow\" { measure as weigh, sized, Size }  trigger q: Size  rule r: on q(e) { weigh(e)  let s = sized(e)  when s.s > 0.5 { f(e) } }",
    "import \"lib/x.flow\" { darkest, printed as made }  rule r: on fired(e) { let d = darkest(e)  made(e) catch err => say({ message: err.kind })  f({ n: when d.s > 0.5 { 1 } else { 2 } }) }",
    "test \"all\" { given rows has 700 rows  given judge returns { a: 0.8 }  given fit fails \"timeout\"  given m returns { y: 1 }  fire daily  fire fired({ n: 3 })  fire fired({ n: 3, note: \"x\" })  expect say called 1 times  expect no deploy  expect rows has 3 rows  expect deploy to m  expect run failed  expect run succeeded }",
    // Private data is handed on whole, and what is not private may become so.
    "action see({ who: private text<64B>, why: text<9B>? }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  trigger q: { who: private text<32B>, n: int<0..9> }  rule r: on q(p) { see(p)  see({ who: \"nobody\" })  append p to rows }",
    "type P { who: private text<64B>?, at: private time = \"2024-02-29T00:00:00Z\" }  pure action mask(P) -> { who: private text<9B> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  trigger q: P  rule r: on q(p) { mask(p) }",
    "action see({ p: private { name: text<64B>, born: time? } }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  trigger q: { p: private { name: text<9B>, born: time } }  rule r: on q(e) { see(e)  see({ p: { name: \"x\" } }) }",
    "prepare mark({ who: private text<64B> }) -> { who: private text<64B>, n: int<0..9> } { return { who: who, n: 1 } }  action see({ who: private text<64B> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  trigger q: { who: private text<9B>, n: int<0..9> }  rule r: on q(e) { let m2 = mark(e)  see(m2)  append m2 to rows }",
    "action see({ all: [private text<64B>; ..3] }) -> { one: private text<64B> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  trigger q: { a: private text<9B>, n: int<0..9> }  rule r: on q(e) { let s = see({ all: [e.a, \"x\"] }) catch err => { one: \"lost\" }  let w = when e.n > 4 { s } else { see({ all: [] }) }  see({ all: [w.one, e.a] }) }",
    "action see({ who: private text<16B>? }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  package tags = couchdb<{ id: text<64B>, who: private text<16B>?, tag: text<9B> }> trigger t from tags.changes  rule r: on t(x) with { rate: 10/s } { let was = tags.read({ id: x.id })  see({ who: was.who })  tags.update(x, tag: \"seen\") }",
    // A mask gives in the clear what it makes of private data: to conditions, rows, models and answers.
    "mask action shown({ who: private text<64B> }) -> { who: text<64B>, kept: private text<64B> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  trigger q: { who: private text<64B>, n: int<0..9> }  rule r: on q(p) { let s = shown(p)  when s.who == \"x\" { say({ message: s.who }) }  append { n: p.n, note: s.who } to rows }",
    "idempotent mask action known({ who: private text<64B>? }) -> { x: float<0..1> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  action asked = known |> m  infer near({ who: private text<64B> }) -> { y: float<0..1> } on POST \"/near\" { return asked({ who: who }) }",
    "action mask({ n: int<0..9> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(mask_) { mask({ n: mask_.n }) }",
    // Once is a promise, not a number of tries.
    "once action pay({ n: int<0..9> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\", attempts: 1 }  action paid = f |> done  once action done({ s: float }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { pay(e) catch err => say({ message: err.kind })  paid(e) }",
    "rule r: on fired(once) { f({ n: once.n }) }",
    // A prepare over a dataset
    "dataset raw: Row  rule a: on fired(e) { append e to raw }  rule b: on daily with { overlap: skip } { append tidy(raw.snapshot()) to rows }  rule c: on raw.grew(rows: 2) with { overlap: queue } { let done = append raw.snapshot() |> tidy to rows  say({ message: \"x\" }) after done }",
    "dataset raw: In  dataset out: Out  prepare asked({ x: float<0..1> }) -> Out { return m({ x: x }) }  rule a: on daily { append asked(raw.snapshot()) to out }  rule b: on out.grew(rows: 2) { say({ message: \"x\" }) }  infer near(In) -> Out on POST \"/near\" { append { x: x } to raw  return m({ x: x }) }",
    // register
    "trigger came: { file: blob<\"application/zip\", 1MiB>, n: int<0..9> }  rule r: on came(e) with { overlap: queue } { let got: model<In, Out> = register(e.file)  let s = judge({ m: got, d: rows.snapshot() })  when s.a > 0.9 { deploy got to m } }",
    "trigger came: { file: blob<\"text/plain\", 1MiB>? }  rule r: on came(e) with { overlap: queue } { let got: model<In, Out>? = e.file |> register()  let s = judge({ m: got, d: rows.snapshot() })  when (s.a ?? 0) > 0.9 { deploy got to m } }",
    "trigger came: { a: blob<\"text/plain\", 1MiB>, b: blob<\"text/plain\", 1MiB> }  rule r: on came(e) with { overlap: queue } { let first: model<In, Out> = register(e.a) catch err => fit({ d: rows.snapshot() })  let second: model<In, Out> = e.b |> register after first  judge({ m: first, d: rows.snapshot() })  judge({ m: second, d: rows.snapshot() }) }",
    "action register({ n: int<0..9> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { register({ n: e.n }) }",
    // A chain with a name is called like any action, and is made of others.
    "action turned({ s: float<0..1> }) -> { x: float<0..1> } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  action seen = f |> turned  action asked = seen |> m  rule r: on fired(e) { let a = asked(e) catch err => { y: 0 }  let b = seen({ n: 1 }) |> m  when a.y > b.y { asked({ n: e.n }) } }",
    "action only = f  infer near({ n: int<0..9> }) -> { s: float<0..1> } on POST \"/near\" { return only({ n: n }) }",
    "action loud = say |> quiet  action quiet() { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { loud({ message: e.note })  loud({ message: \"x\" }, level: 3) }",
    // A model may be asked for less than it takes and answer less than it may.
    "train other({ d: dataset<Row> }) -> model<{ x: float<0..2>, hint: text<9B>? }, { y: float<0..0.5> }> { command: [\"python\", \"train.py\"], code: \"jobs\" }  rule r: on daily with { overlap: skip } { let new = other({ d: rows.snapshot() })  let one = judge({ m: new, d: rows.snapshot() })  when one.a > 0.9 { deploy new to m } }",
    "trigger q: { x: float<0.2..0.5>, more: text<9B> }  rule r: on q(e) { m(e)  let least = { x: 0.25, more: e.more }  m(least) }",
    "trigger q: { y: float<0..1>, x: text<9B> }  rule r: on q(e) { m(e, x: e.y) }",
    // What is pure, and what does not say so.
    "pure action p({ n: int, d: dataset<Row>, m: model<In, Out> }) -> { n: int } { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\", params: { n: 3 }, attempts: 1, network: [] }  rule r: on fired(e) { let old = p({ d: rows.snapshot(), m: m.live })  f({ n: when (old.n ?? 0) > 4 { 1 } else { 2 } }) }",
    "idempotent action p({ n: int }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\", secrets: [key], network: [\"x.example:1\"] }  rule r: on fired(e) { p(e) }",
    // What has an order, excludes itself, or commutes.
    "trigger many: { ns: [int<0..9>; ..20] }  trigger told: Row  rule r: on many(e) { each n in e.ns parallel 4 { emit told({ n: n }) }  emit told({ n: 1 }) }  rule s: on told(e) with { overlap: parallel } { f(e) }",
    "rule r: on fired(e) { let done = append e to rows  let more = append { n: 1 } to rows  judge({ m: m.live, d: rows.snapshot() }) after done after more }  dataset other: Row  rule q: on fired(e) { append e to other  judge({ m: m.live, d: rows.snapshot() })  judge({ m: m.live, d: rows.split(test: 5%).test }) }",
    "trigger told: Row  rule r: on fired(e) { let first = emit told(e)  let second = emit told({ n: 1 }) after first  emit told(e, note: \"again\") after second }  rule s: on told(e) { f(e) }",
    "trigger told: Row  rule r: on fired(e) { when e.n > 4 { emit told(e) } else when e.n > 2 { emit told({ n: 1 }) } else { f(e) } }  rule s: on told(e) { f(e) }",
    "trigger told: Row  rule r: on fired(e) { let got = f(e) catch err => { s: 0 }  emit told(e) after got  on failure(err) { emit told({ n: 0 }) } }  rule s: on told(e) { f(e) }",
    "trigger many: { ns: [int<0..9>; ..20] }  trigger told: Row  rule r: on many(e) { let all_of = each n in e.ns { emit told({ n: n })  n }  emit told({ n: 1 }) after all_of }  rule s: on told(e) { f(e) }",
    "trigger many: { ns: [int<0..9>; ..20] }  trigger rung  rule r: on many(e) { each n in e.ns parallel 4 { append { n: n } to rows  emit rung } }  rule s: on rung { say({ message: \"x\" }) }",
    "rule r: on fired(e) { let d = rows.snapshot()  let s = judge({ m: m.live, d: d })  each n in [1, 2] { append { n: n } to rows } after s }",
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, more: text<9B>? }> rule r: on fired(e) { tags.write({ id: \"a\", tag: \"b\" })  tags.write({ id: \"b\", tag: \"b\" })  tags.update({ id: \"c\", tag: \"b\" })  tags.update({ id: \"c\", more: \"b\" }) }  trigger many: { ns: [text<9B>; ..20] }  rule q: on many(e) { each n in e.ns parallel 4 { tags.update({ id: n, tag: n }) } }",
    // each
    "rule r: on fired(e) { each n in [1, 2] { let s = f({ n: n })  say({ message: \"x\" }) after s }  on failure(err) { each n in [1, 2] { f({ n: n }) } } }",
    "trigger many: { ns: [int<0..9>; ..20] }  rule r: on many(e) { each n in e.ns parallel 4 { f({ n: n }) } }",
    "trigger many: { ns: [int<0..9>; ..20], n: int<0..9> }  rule r: on many(e) { let every = each n in e.ns { let s = f({ n: n })  let one = { n: n, s: s.s }  one }  let top = every |> best(by: s)  say({ message: when (top.n ?? 0) > e.n { \"more\" } else { \"less\" } }) }",
    "rule r: on daily with { overlap: skip } { let d = rows.snapshot()  let top = each n in [1, 2, 3] parallel 3 { let a = fit({ d: d })  let s = judge({ m: a, d: d })  let one = { model: a, a: s.a, n: n }  one } |> best(by: a)  when top.a > 0.9 { deploy top.model to m } }",
    "rule r: on daily { let low = [{ loss: 0.5, n: 1 }, { loss: 0.25, n: 2 }] |> best(by: -loss)  f({ n: low.n }) }",
    "trigger many: { all: [[int<0..9>; ..3]; ..4] }  rule r: on many(e) { each row in e.all { each n in row { f({ n: n }) catch err => say({ message: \"one\" }) } } catch err => say({ message: \"all\" }) }",
    "trigger many: { ns: [int<0..9>; ..20]? }  rule r: on many(e) { each n in e.ns ?? [] { append { n: n } to rows } }",
    "trigger many: { ns: [int<0..9>; ..20] }  infer sum({ ns: [int<0..9>; ..8] }) -> { ss: [float; ..8] } on POST \"/sum\" { let every = each n in ns parallel 8 { let s = f({ n: n })  s.s }  return { ss: every } }  rule r: on many(e) { append { n: 1 } to rows }",
    "action best({ by: int<0..9> }) { runtime: \"python:3\", code: \"functions\", entry: \"mail.notify\" }  rule r: on fired(e) { best(by: e.n) }",
    // packages
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, picture: blob<\"image/png\", 1MiB>? }> trigger t from tags.changes  rule r: on t(x) { say({ message: x.tag }) }",
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, picture: blob<\"image/png\", 1MiB>? }> { database: \"labels\", mode: continuous, username: \"me\", password: key, heartbeat: 2s } trigger t from tags.changes { since: now, gap: rescan }  rule r: on t(x) { say({ message: x.tag }) }",
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, picture: blob<\"image/png\", 1MiB>? }> rule r: on fired(e) { let was = tags.read({ id: \"a\" })  say({ message: was.tag ?? \"none\" }) }",
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, picture: blob<\"image/png\", 1MiB>? }> rule r: on fired(e) { let done = tags.write({ id: \"a\", tag: \"b\" })  tags.update({ id: done.id, tag: \"c\" }) }",
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, picture: blob<\"image/png\", 1MiB>? }> rule r: on fired(e) { tags.write({ id: \"a\", tag: \"b\" }) catch err => tags.update({ id: \"a\", tag: \"b\" }) }",
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, picture: blob<\"image/png\", 1MiB>? }> trigger t from tags.changes  rule r: on t(x) with { rate: 10/s } { tags.update(x, tag: \"seen\") }",
    "package tags = couchdb<{ id: text<64B>, tag: text<16B>, picture: blob<\"image/png\", 1MiB>? }> rule r: on fired(e) { tags.read({ id: \"a\" }) |> tags.attach }",
    "import model digits from \"../digits\"  rule r: on fired(e) { let d = digits({ pixels: [0, 0.5, 1, 0] })  when d.digit == 7 { f({ n: d.digit }) } }",
    "import model digits from \"../digits\"  infer near({ pixels: [float<0..1>; 4] }) -> { digit: int<0..9> } on POST \"/near\" { return digits({ pixels: pixels }) }",
];

#[test]
fn what_looks_doubtful_is_fine() {
    for case in CASES {
        assert_eq!(check(case), "", "{case}");
    }
}
