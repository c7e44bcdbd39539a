//! Signatures that go to Lambda authorizers.

use crate::causes::lambda_authorizer::tests::{get, http, request, rest, sending, token, unauthorized, with_token};
use crate::configuration::Authorizer;
use crate::exchange::Exchange;
use crate::testkit::{first, lists};

const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=AKIA/20261010/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=5d";

/// A signature of AWS is API Gateway's to check, and hardly ever what an authorizer's function takes.
#[test]
fn a_signature_that_goes_to_an_authorizer_is_told() {
    let cause = "wrong-authorizer-credentials-kind";
    let with_pattern = Authorizer { identity_validation_expression: Some("^Bearer .*$".to_owned()), ..token() };
    let denied = "User is not authorized to access this resource";
    for (exchange, facts, expected) in [
        (unauthorized(sending(SIGNATURE)), rest(&token()), format!("{cause} likely")),
        (
            sending(SIGNATURE).http(401, "Unauthorized"),
            http(&request("$request.header.Authorization")),
            format!("{cause} likely"),
        ),
        (unauthorized(sending(SIGNATURE)), rest(&with_pattern), "lambda-auth-token-regex certain".to_owned()),
        // The authorizer looks elsewhere, or sees everything.
        (
            unauthorized(sending(SIGNATURE).header("X-A", "1")),
            rest(&request("method.request.header.X-A")),
            "lambda-auth-threw-unauthorized possible".to_owned(),
        ),
        (
            unauthorized(sending(SIGNATURE)),
            rest(&request("method.request.header.X-A")),
            "lambda-auth-identity-source-missing certain".to_owned(),
        ),
        (unauthorized(with_token()), rest(&token()), "lambda-auth-threw-unauthorized possible".to_owned()),
    ] {
        assert_eq!(first(&exchange, &facts), expected);
    }
    for (exchange, facts, is_told) in [
        (sending(SIGNATURE).refused(403, "AccessDeniedException", denied), rest(&token()), true),
        (unauthorized(sending(SIGNATURE)), rest(&request("")), true),
        (sending(SIGNATURE), rest(&token()), false),
        (with_token().refused(403, "AccessDeniedException", denied), rest(&token()), false),
    ] {
        assert_eq!(lists(&exchange, &facts, cause), is_told);
    }
    // curl signs when it sends: the header is not missing.
    let command = "curl --aws-sigv4 aws:amz:eu-west-1:execute-api --user AKIAIOSFODNN7EXAMPLE:x \
                   https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders";
    let request = crate::exchange::curl::read(command).unwrap().exchange.request;
    let signing = unauthorized(Exchange { request, ..get() });
    assert_eq!(first(&signing, &rest(&token())), format!("{cause} likely"));
}
