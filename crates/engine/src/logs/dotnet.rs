//! .NET: `   at Namespace.Type.Method(Type argument) in /src/File.cs:line 12`.

use super::frame::Frame;
use super::kind::Runtime;

/// A frame, after `at `.
pub(super) fn frame(text: &str) -> Option<Frame> {
    let (method, rest) = text.split_once('(')?;
    let is_method = method.contains('.') || method.starts_with("lambda_method");
    let ends = rest.contains(')') && (rest.ends_with(')') || rest.contains(":line "));
    if !is_method || !ends || method.contains(|c: char| c.is_whitespace() || c == '/') {
        return None;
    }
    let foreign = ["System.", "Microsoft.", "Amazon.", "lambda_method"];
    let is_own = !foreign.iter().any(|prefix| method.starts_with(prefix));
    Some(Frame { runtime: Runtime::Dotnet, place: plain(method), is_own })
}

/// `Type.<Method>d__3.MoveNext` is what the compiler makes of an asynchronous `Type.Method`.
fn plain(method: &str) -> String {
    match method.strip_suffix(".MoveNext").and_then(|method| method.rsplit_once(">d__")) {
        Some((before, _)) => before.replacen('<', "", 1),
        None => method.to_owned(),
    }
}

/// Whether a frame shows that nobody caught the exception: stacks end where they were caught, and this one reaches the
/// loop of the runtime. (Amazon.Lambda.RuntimeSupport, LambdaBootstrap.)
pub(super) fn is_uncaught(line: &str) -> bool {
    line.contains("Amazon.Lambda.RuntimeSupport.LambdaBootstrap")
}

/// Lines that go on with a stack without being frames.
pub(super) fn is_link(line: &str) -> bool {
    line.starts_with("--- End of ") || line.starts_with("---> ")
}
