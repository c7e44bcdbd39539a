//! One line of a stack, in the form of any runtime: which function it names, and whether the user wrote it.
//!
//! Line numbers are left out: they move with every deployment, and the same bug would become another group.

use super::kind::Runtime;
use super::{dotnet, go, java, node, php, python, ruby};

/// A line of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The family of runtimes that write such lines.
    pub(super) runtime: Runtime,
    /// The function and its file, without line numbers and without the folder that functions lie in.
    pub(super) place: String,
    /// Whether it is the user's code, and not the runtime's or a library's.
    pub(super) is_own: bool,
}

/// Reads a line, or an item of a list of them.
pub(super) fn read(line: &str) -> Option<Frame> {
    let text = line.trim_matches(|c: char| c.is_whitespace());
    if let Some(after) = text.strip_prefix("at ") {
        return java::frame(after).or_else(|| node::frame(after)).or_else(|| dotnet::frame(after));
    }
    if text.starts_with("File \"") {
        return python::frame(text);
    }
    if text.starts_with('#') {
        return php::frame(text);
    }
    ruby::frame(text.strip_prefix("from ").unwrap_or(text)).or_else(|| java::frame(text))
}

/// How many of the user's own frames tell one bug from another.
const TOP: usize = 3;

/// The frames of a stack that are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Frames {
    own: Vec<String>,
    /// Whether the newest call stands last, as Python writes it.
    pub(super) is_newest_last: bool,
    /// The family that wrote them.
    pub(super) runtime: Option<Runtime>,
    /// Where the oldest call of Python is.
    oldest: Option<String>,
}

impl Frames {
    /// Adds the next frame.
    pub(super) fn add(&mut self, frame: Frame) {
        self.is_newest_last |= frame.runtime == Runtime::Python;
        if self.is_newest_last && self.oldest.is_none() {
            self.oldest = Some(frame.place.clone());
        }
        self.runtime = self.runtime.or(Some(frame.runtime));
        if !frame.is_own || self.own.last() == Some(&frame.place) {
            return;
        }
        if self.is_newest_last {
            if self.own.len() == TOP {
                self.own.remove(0);
            }
            self.own.push(frame.place);
        } else if self.own.len() < TOP {
            self.own.push(frame.place);
        }
    }

    /// Adds a frame of which only the place is known.
    pub(super) fn add_place(&mut self, runtime: Runtime, place: String, is_own: bool) {
        self.add(Frame { runtime, place, is_own });
    }

    /// Forgets what was read: another stack begins that says more.
    pub(super) fn clear(&mut self) {
        self.own.clear();
    }

    /// Whether it is code outside of functions that failed: the module was being loaded.
    pub(super) fn is_init(&self) -> bool {
        self.oldest
            .as_deref()
            .is_some_and(|place| place.ends_with(":<module>") || place.starts_with("<frozen importlib"))
    }

    /// The user's own frames, the newest call first.
    pub(super) fn top(mut self) -> Vec<String> {
        if self.is_newest_last {
            self.own.reverse();
        }
        self.own
    }

    /// Frames of a list of lines, in which one item may hold several.
    pub(super) fn of(lines: &[String]) -> Frames {
        let mut frames = Frames::default();
        lines.iter().flat_map(|line| line.lines()).filter_map(read).for_each(|frame| frames.add(frame));
        go::places(lines, &mut frames);
        frames
    }
}

/// A path without the folder that functions lie in.
pub(super) fn relative(path: &str) -> &str {
    let path = path.strip_prefix("file://").unwrap_or(path);
    path.strip_prefix("/var/task/").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_frames_of_every_runtime() {
        use Runtime::{Custom, Dotnet, Java, Node, Python, Ruby};
        for (line, runtime, place, is_own) in [
            ("  File \"/var/task/app.py\", line 6, in handler", Python, "app.py:handler", true),
            ("\u{a0}\u{a0}File \"/var/task/lib/db.py\", line 6, in get", Python, "lib/db.py:get", true),
            ("  File \"/opt/python/boto3/x.py\", line 6, in get", Python, "/opt/python/boto3/x.py:get", false),
            (
                "  File \"<frozen importlib._bootstrap>\", line 1, in f",
                Python,
                "<frozen importlib._bootstrap>:f",
                false,
            ),
            ("    at Runtime.handler (/var/task/index.js:5:11)", Node, "index.js:Runtime.handler", true),
            ("    at async /var/task/src/a.mjs:5:11", Node, "src/a.mjs", true),
            ("    at file:///var/task/index.mjs:3:7", Node, "index.mjs", true),
            ("    at new X (/var/task/node_modules/y/z.js:1:2)", Node, "node_modules/y/z.js:new X", false),
            (
                "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
                Node,
                "node:internal/process/task_queues:process.processTicksAndRejections",
                false,
            ),
            ("    at Array.map (<anonymous>)", Node, "<anonymous>:Array.map", false),
            ("\tat echo.Handler.handleRequest(Handler.java:10)", Java, "echo.Handler.handleRequest", true),
            ("echo.Handler.handleRequest(Handler.java:10)", Java, "echo.Handler.handleRequest", true),
            ("\tat java.base/java.util.ArrayList.get(Unknown Source)", Java, "java.util.ArrayList.get", false),
            ("\tat com.acme.K.lambda$run$0(K.kt:4)", Java, "com.acme.K.lambda$run$0", true),
            ("   at Shop.Function.<Get>d__3.MoveNext() in /src/Function.cs:line 20", Dotnet, "Shop.Function.Get", true),
            ("   at Shop.Function.Get(String id)", Dotnet, "Shop.Function.Get", true),
            (
                "   at System.Linq.Enumerable.First[T](IEnumerable`1 a)",
                Dotnet,
                "System.Linq.Enumerable.First[T]",
                false,
            ),
            ("/var/task/function.rb:5:in `handler'", Ruby, "function.rb:handler", true),
            ("\tfrom /var/task/lib/a.rb:5:in 'Shop#get'", Ruby, "lib/a.rb:Shop#get", true),
            (
                "/var/lang/lib/ruby/3.4.0/json.rb:5:in 'JSON.parse'",
                Ruby,
                "/var/lang/lib/ruby/3.4.0/json.rb:JSON.parse",
                false,
            ),
            ("#0 /var/task/index.php(12): handler()", Custom, "index.php:handler", true),
            ("#1 {main}", Custom, "{main}", false),
        ] {
            assert_eq!(read(line), Some(Frame { runtime, place: place.to_owned(), is_own }), "{line}");
        }
        for line in
            ["at noon", "look at this (now)", "File \"x\"", "#hashtag", "a.rb", "", "at least (3)", "at 12:30:45"]
        {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
