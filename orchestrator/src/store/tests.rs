//! What the store promises, on real files.

mod commit;
mod fixture;
mod read;
mod story;
mod verify;

use super::{verify as proof, *};

#[tokio::test]
async fn the_database_accepts_every_statement() {
    let place = fixture::Place::new();
    let store = place.open().await;
    let asked = [
        backup::STATEMENTS,
        counts::STATEMENTS,
        datasets::STATEMENTS,
        events::STATEMENTS,
        letters::STATEMENTS,
        outcomes::STATEMENTS,
        plans::STATEMENTS,
        registry::STATEMENTS,
        requests::STATEMENTS,
        runs::STATEMENTS,
        proof::STATEMENTS,
    ];
    let all = [
        schema::STATEMENTS,
        load::STATEMENTS,
        log::STATEMENTS,
        &asked.concat(),
    ]
    .concat();
    let mut reader = store.readers.acquire().await.unwrap();
    for sql in all.into_iter().chain(tables::statements()) {
        let prepared = sqlx::Executor::prepare(&mut *reader, sqlx::SqlSafeStr::into_sql_str(sql)).await;
        prepared.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
}
