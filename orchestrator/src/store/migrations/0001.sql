-- Ids and names are text, times are milliseconds, JSON is text that the database never looks into.
-- `integer` has 64 bits. `strict` makes the database refuse what does not fit a column's type.

create table daemon (
  id integer not null primary key check (id = 1),
  epoch integer not null,
  started integer not null
) strict;
insert into daemon (id, epoch, started) values (1, 0, 0);

-- What happened, in the order in which it became durable; each row's hash covers the hash before it.
create table log (
  seq integer not null primary key,
  epoch integer not null,
  at integer not null,
  entity text not null,
  kind text not null,
  body text not null,
  prev text not null,
  hash text not null
) strict;
create index log_entity on log (entity, seq);

create table plans (
  flow text not null,
  digest text not null,
  plan text not null,
  at integer not null,
  primary key (flow, digest)
) strict;

create table flows (
  flow text not null primary key,
  plan text not null,
  at integer not null,
  foreign key (flow, plan) references plans (flow, digest)
) strict;

create table events (
  id text not null primary key,
  flow text not null,
  source text not null,
  key text not null,
  digest text not null,
  payload text not null,
  at integer not null,
  unique (flow, source, key)
) strict;

create table runs (
  id text not null primary key,
  flow text not null,
  graph_kind text not null,
  graph text not null,
  plan text not null,
  event text not null references events (id),
  status text not null,
  created integer not null,
  started integer,
  updated integer not null,
  ended integer,
  state text not null,
  foreign key (flow, plan) references plans (flow, digest)
) strict;
create index runs_event on runs (event);
create index runs_status on runs (status);
create index runs_open on runs (id) where ended is null;
create index runs_started on runs (started) where started is not null;

create table decisions (
  event text not null references events (id),
  rule text not null,
  verdict text not null,
  seq integer not null,
  primary key (event, rule)
) strict;

create table cursors (
  flow text not null,
  feed text not null,
  previous text not null,
  value text not null,
  primary key (flow, feed)
) strict;

-- `seq` is that of the log, so it is the order in which the rows were committed.
create table rows (
  flow text not null,
  dataset text not null,
  key text not null,
  seq integer not null,
  "row" text not null,
  bytes integer not null,
  at integer not null,
  primary key (flow, dataset, seq),
  unique (flow, dataset, key)
) strict;

create table growth (
  flow text not null,
  rule text not null,
  dataset text not null,
  "rows" integer not null,
  primary key (flow, rule, dataset)
) strict;

create table versions (
  flow text not null,
  train text not null,
  version integer not null,
  model text not null,
  run text not null references runs (id),
  step text not null,
  at integer not null,
  primary key (flow, train, version),
  unique (run, step)
) strict;

create table deployments (
  flow text not null,
  name text not null,
  number integer not null,
  model text not null,
  run text not null references runs (id),
  step text not null,
  at integer not null,
  primary key (flow, name, number)
) strict;

create table requests (
  id text not null primary key,
  flow text not null,
  infer text not null,
  input text not null,
  output text not null,
  expires integer not null
) strict;
create index requests_expires on requests (expires);

-- What could not be carried out. An item of a feed has a key, a run that failed has its run.
create table dead_letters (
  id text not null primary key,
  flow text not null,
  kind text not null,
  place text not null,
  key text,
  run text unique references runs (id),
  matter text not null,
  state text not null,
  outcome text,
  at integer not null,
  updated integer not null,
  check ((key is null) <> (run is null))
) strict;
create unique index dead_letters_item on dead_letters (flow, place, key) where key is not null;
create index dead_letters_open on dead_letters (flow, place) where state = 'open';

-- Feeds that a person has told to stop, or whose source has lost its place.
create table standings (
  flow text not null,
  "trigger" text not null,
  standing text not null,
  at integer not null,
  primary key (flow, "trigger")
) strict;
