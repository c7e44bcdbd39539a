//! What an audit of one API writes and reads in the store: the figures from which docs/operations.md tells what a month costs.

use std::sync::Mutex;

use store::{Backend, Item, Key, Page, Sqlite, StoreError, Write};
use tests::kept::{Kind, open};
use tests::read;
use tests::shapes::orders;

/// What a store was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    gets: usize,
    lists: usize,
    /// Items that were written, by themselves or in a transaction, which costs twice as much.
    alone: usize,
    together: usize,
    objects_put: usize,
    objects_read: usize,
}

/// A backend that counts.
struct Counted {
    inner: Sqlite,
    count: Mutex<Count>,
}

impl Counted {
    fn count(&self, change: impl FnOnce(&mut Count)) {
        change(&mut self.count.lock().unwrap());
    }

    fn taken(&self) -> Count {
        std::mem::take(&mut self.count.lock().unwrap())
    }
}

impl Backend for Counted {
    async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.count(|count| count.gets += 1);
        self.inner.get(key).await
    }

    async fn list(&self, partition: &str, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page, StoreError> {
        self.count(|count| count.lists += 1);
        self.inner.list(partition, prefix, after, limit).await
    }

    async fn find(&self, fingerprint: &str) -> Result<Option<Key>, StoreError> {
        self.count(|count| count.lists += 1);
        self.inner.find(fingerprint).await
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, StoreError> {
        self.count(|count| {
            let of = if writes.len() == 1 { &mut count.alone } else { &mut count.together };
            *of += writes.len();
        });
        self.inner.write(writes).await
    }

    async fn put_object(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.count(|count| count.objects_put += 1);
        self.inner.put_object(name, bytes).await
    }

    async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.count(|count| count.objects_read += 1);
        self.inner.object(name).await
    }

    async fn forget_object(&self, name: &str) -> Result<(), StoreError> {
        self.inner.forget_object(name).await
    }
}

#[tokio::test]
async fn the_figures_of_the_documentation_are_counted() {
    let backend = Counted { inner: Sqlite::in_memory().unwrap(), count: Mutex::default() };
    let store = open(&backend).await;
    let first = Kind::of(1, orders(), &[]).await;
    backend.taken();
    first.keep(&store).await.unwrap();
    let cold = backend.taken();
    first.again(2).keep(&store).await.unwrap();
    let quiet = backend.taken();
    let mut changed = orders();
    let method = "/apigateway/get_resources/a1b2c3d4e5/items/1/resourceMethods/POST/apiKeyRequired";
    tests::edit(&mut changed, method, serde_json::json!(true));
    Kind::of(3, changed, &[]).await.keep(&store).await.unwrap();
    let found = backend.taken();
    let row = |name: &str, count: Count| {
        let Count { gets, lists, alone, together, objects_put, objects_read } = count;
        format!("| {name} | {gets} | {lists} | {alone} | {together} | {objects_put} | {objects_read} |\n")
    };
    let rows = row("first audit", cold) + &row("nothing changed", quiet) + &row("one finding opened", found);
    assert!(read("docs/operations.md").contains(&rows), "counted by now:\n{rows}");
}
