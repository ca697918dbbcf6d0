//! AADSTS numbers in plain words, in the order of the numbers.
//!
//! Source: Entra's page of error codes (see the parent module) unless a row says otherwise. What is wrong is said as
//! the page says it; what to do is this program's advice.

use super::Advice;

const fn row(code: u32, meaning: &'static str, next: &'static str) -> Advice {
    Advice { code, meaning, next }
}

const SIGN_IN: &str = "sign in again to {tenant}";
const SIGN_IN_THERE: &str = "sign in again in the browser, to {tenant} and for {scope}";
const OTHER_ACCOUNT: &str = "sign in with another account, or ask the administrators of {tenant} to invite this one";
const ASK_ADMIN: &str = "ask the administrators of {tenant}, and give them the ids below";
const POLICY: &str = "sign in in the browser on a managed device, or ask the administrators of {tenant} which policy \
    applies; trying again does not help";
const CONSENT: &str = "ask an administrator of {tenant} to grant {client} consent for {scope}";
const LATER: &str = "try again in a minute";
const NEW_CODE: &str = "start the sign-in again";
const CHECK_TENANT: &str = "check the tenant id or domain ({tenant}), and that it belongs to the cloud in use";
const CHECK_APP: &str = "check the client id ({client}), the tenant ({tenant}) and the cloud";
const CHECK_RESOURCE: &str = "check the spelling of the resource in {scope}, and that it is in use in {tenant}";
const ONE_SCOPE: &str = "ask for one resource at a time; without a user the scope is <resource>/.default";
const CERTIFICATE: &str = "check that the certificate in use is among those registered for {client}";
const SECRET_VALUE: &str = "copy the secret's Value, not its ID, from Certificates & secrets of {client}; the value is \
    shown once, so make a new secret if it is lost";
const ONE_TENANT: &str = "name one tenant (--tenant) in place of common, organizations or consumers";
const OUR_REQUEST: &str = "report this as a bug of jeton, with the ids below";
const PASSWORD: &str = "check user name and password yourself before trying again: repeated failures lock the account";
const CLOUD: &str = "use the authority host of the cloud that {tenant} belongs to (--cloud)";
const FEDERATED: &str = "compare issuer, subject and audience of the assertion with the federated credentials of \
    {client}: each must match in every character";

pub(super) static TABLE: &[Advice] = &[
    row(16000, "this account does not exist in the tenant", OTHER_ACCOUNT),
    row(28002, "the scope is not valid for an access token", ONE_SCOPE),
    row(28003, "the scope is empty", "name a scope or a resource"),
    row(50001, "the resource is disabled or does not exist", CHECK_RESOURCE),
    row(50002, "a proxy restricts sign-in to other tenants", ASK_ADMIN),
    row(50005, "a Conditional Access policy does not support this platform", POLICY),
    row(
        50011,
        "the app has no such redirect URI",
        "add http://localhost to {client} under Authentication, as a mobile and desktop application",
    ),
    row(50012, "the client assertion or its certificate was not accepted", CERTIFICATE),
    row(50013, "the assertion is not valid", "get a new assertion and check this machine's clock"),
    row(50014, "this account does not exist in the tenant", OTHER_ACCOUNT),
    row(50020, "this account does not exist in the tenant", OTHER_ACCOUNT),
    row(50033, "the service has a passing error", LATER),
    row(50034, "there is no such user in the tenant", "check the user name and the tenant ({tenant})"),
    row(
        50053,
        "the account is locked after too many wrong passwords, or this address is blocked",
        "wait before trying again, and ask the administrators of {tenant} if it stays so",
    ),
    row(50055, "the password has expired", "change the password, then sign in again"),
    row(50056, "there is no password for this user in the directory", SIGN_IN_THERE),
    row(50057, "the user account is disabled", ASK_ADMIN),
    row(50058, "no user is signed in", SIGN_IN),
    row(50059, "the request does not tell which tenant is meant", ONE_TENANT),
    row(50072, "multifactor authentication has to be set up", SIGN_IN_THERE),
    row(50074, "multifactor authentication is required and was not passed", SIGN_IN_THERE),
    row(50076, "multifactor authentication is required", SIGN_IN_THERE),
    row(50078, "the last multifactor authentication is too long ago", SIGN_IN_THERE),
    row(50079, "multifactor authentication has to be set up", SIGN_IN_THERE),
    row(50085, "the refresh token needs a sign-in with the social identity provider", SIGN_IN),
    row(50089, "the sign-in took too long or was revoked", SIGN_IN),
    row(50097, "the device has to be authenticated", POLICY),
    row(
        50105,
        "the user is not assigned to the app",
        "ask an administrator of {tenant} to assign the user, or a group of theirs, to {client}",
    ),
    row(50126, "user name or password is wrong", PASSWORD),
    row(50128, "the domain is no tenant's", CHECK_TENANT),
    row(50131, "a Conditional Access policy blocks this sign-in", POLICY),
    row(50132, "the session ended with a change of the password", SIGN_IN),
    row(50133, "the session ended with a change of the password", SIGN_IN),
    row(50158, "a further check by another provider was not passed", SIGN_IN_THERE),
    row(50173, "the sign-in was revoked", SIGN_IN),
    row(50194, "the app is for one tenant only", ONE_TENANT),
    row(
        50196,
        "the same token was asked for too often in a short time",
        "wait some minutes, and see that callers keep the token until it expires",
    ),
    row(51004, "this account does not exist in the tenant", OTHER_ACCOUNT),
    row(53000, "the device does not comply with a Conditional Access policy", POLICY),
    row(53001, "a Conditional Access policy requires a domain-joined device", POLICY),
    row(53002, "a Conditional Access policy requires an approved app", POLICY),
    row(53003, "a Conditional Access policy blocks this sign-in", POLICY),
    row(53004, "multifactor authentication has to be set up, and risk blocks that here", POLICY),
    row(54005, "the authorization code was used before", NEW_CODE),
    row(65001, "neither the user nor an administrator has consented to this app", CONSENT),
    row(
        65002,
        "this Microsoft app is not allowed to ask for tokens of that resource",
        "use the client id of an app that you registered, in place of {client}",
    ),
    row(
        65004,
        "the user declined to consent",
        "sign in again and accept, or ask an administrator of {tenant} to consent",
    ),
    row(70000, "the refresh token is not valid", SIGN_IN),
    row(70001, "the app is disabled, or it is not in the tenant", CHECK_APP),
    row(70002, "the client secret is wrong", SECRET_VALUE),
    row(
        70004,
        "the redirect URI is not among those of the app",
        "add http://localhost to {client} under Authentication, as a mobile and desktop application",
    ),
    row(70007, "the response mode is not supported", OUR_REQUEST),
    row(70008, "the authorization code or refresh token has expired", SIGN_IN),
    row(70011, "the scope is malformed or not valid", ONE_SCOPE),
    row(70016, "nobody has signed in with the code yet", "open the page shown, enter the code and sign in"),
    row(70018, "the code entered is not right", NEW_CODE),
    row(70019, "the code has expired", NEW_CODE),
    // Not on Entra's page: seen in issues.
    row(70021, "it seems that no federated credential matches the assertion", FEDERATED),
    row(70043, "a policy asks for a new sign-in at this interval", SIGN_IN),
    row(
        80013,
        "the clocks of the authentication agent and of Active Directory differ",
        "ask the administrators of {tenant} to mend the time of their authentication agents",
    ),
    row(90002, "there is no such tenant in this cloud", CHECK_TENANT),
    row(90006, "the service is unavailable for the moment", LATER),
    row(90008, "neither the user nor an administrator has consented to this app", CONSENT),
    row(
        90009,
        "the app asks for a token for itself by a name that is not its id",
        "name the resource by the app's id, a GUID: <client id>/.default",
    ),
    row(90012, "the request took the service too long", LATER),
    row(90019, "the request does not tell which tenant is meant", ONE_TENANT),
    row(90024, "the service has a passing error", LATER),
    row(90033, "the directory service is unavailable for the moment", LATER),
    row(90038, "the tenant belongs to another national cloud", CLOUD),
    row(90055, "the tenant sends too many requests and is throttled", LATER),
    row(90072, "this account does not exist in the tenant", OTHER_ACCOUNT),
    row(90094, "an administrator has to consent to this app", CONSENT),
    row(90095, "an administrator has to consent to this app", CONSENT),
    row(90120, "the code was used before, to sign in or to decline", NEW_CODE),
    row(90124, "the resource can't be had without naming a tenant", ONE_TENANT),
    row(90130, "the app can't be used without naming a tenant", ONE_TENANT),
    row(
        100_007,
        "the regional endpoint does not serve this kind of credential",
        "use the authority host without a region",
    ),
    row(500_011, "the resource is not in the tenant", CHECK_RESOURCE),
    row(500_021, "a proxy restricts sign-in to other tenants", ASK_ADMIN),
    row(500_022, "a proxy restricts sign-in to other tenants", ASK_ADMIN),
    row(
        500_133,
        "the assertion is not within its time of validity",
        "get a new assertion and check this machine's clock",
    ),
    row(500_212, "the user's own organization does not allow access to this tenant", ASK_ADMIN),
    row(500_213, "the tenant does not allow access to users of that organization", ASK_ADMIN),
    row(501_481, "the code verifier does not match the code challenge", NEW_CODE),
    row(530_032, "a security policy of the tenant blocks this request", POLICY),
    row(530_034, "risk in the home tenant blocks this delegated administrator", ASK_ADMIN),
    row(530_035, "the tenant's security defaults block this kind of sign-in", POLICY),
    row(650_052, "the organization has not enabled the service that this resource belongs to", ASK_ADMIN),
    row(650_054, "the resource has been removed from the tenant", CHECK_RESOURCE),
    row(650_056, "the app lists no permission for this resource, or lacks an administrator's consent", CONSENT),
    row(
        650_057,
        "the resource is not among the permissions that the app lists",
        "add a permission for {scope} to {client} under API permissions",
    ),
    row(
        700_005,
        "the authorization code belongs to another tenant",
        "start the sign-in again, at one tenant throughout",
    ),
    row(700_011, "there is no such app in the tenant", CHECK_APP),
    row(700_016, "there is no such app in the tenant", CHECK_APP),
    row(700_020, "a person has to take part in this sign-in", SIGN_IN_THERE),
    row(700_022, "the scope names more than one resource", ONE_SCOPE),
    row(700_023, "the scope names no resource", ONE_SCOPE),
    // Not on Entra's page: seen in sources of libraries.
    row(
        700_024,
        "it seems that the client assertion is not within its time of validity",
        "check this machine's clock, and get a new assertion if it came from elsewhere",
    ),
    row(
        700_025,
        "the app is a public client, which must not send a secret or assertion",
        "take the secret or certificate out of the settings for {client}, or register a confidential app",
    ),
    row(700_027, "the signature of the client assertion was not accepted", CERTIFICATE),
    row(700_030, "the name in the certificate is not allowed for this app", CERTIFICATE),
    row(700_082, "the refresh token expired because it was not used for long", SIGN_IN),
    row(700_084, "the refresh token was issued to a single-page app and has expired", SIGN_IN),
    // These three are not on Entra's page: seen in issues.
    row(700_211, "it seems that no federated credential matches the assertion's issuer", FEDERATED),
    row(700_212, "it seems that no federated credential matches the assertion's audience", FEDERATED),
    row(700_213, "it seems that no federated credential matches the assertion's subject", FEDERATED),
    row(
        700_229,
        "a user's token can't stand as an assertion for an app",
        "use an app's own token (client credentials) as the assertion",
    ),
    row(900_144, "the request lacks a parameter", OUR_REQUEST),
    row(900_382, "an app with a credential can't cross from one cloud to another", CLOUD),
    row(900_432, "an app with a credential can't cross from one cloud to another", CLOUD),
    row(901_002, "the v2 endpoint does not take the parameter resource", "use a scope, or the v1 endpoint"),
    // Not on Entra's page: seen in issues.
    row(1_002_012, "it seems that the scope does not end in /.default, as it must without a user", ONE_SCOPE),
    row(7_000_112, "the app is disabled in the tenant", ASK_ADMIN),
    row(7_000_114, "the app is not allowed to ask for tokens on behalf of users", ASK_ADMIN),
    row(7_000_215, "the client secret is wrong; often its ID was pasted in place of its value", SECRET_VALUE),
    row(
        7_000_218,
        "the app needs a secret or assertion for this flow, and none was sent",
        "give a secret or certificate for {client}, or allow public client flows under its Authentication",
    ),
    row(
        7_000_222,
        "the client secret has expired",
        "make a new secret for {client} under Certificates & secrets, and put it where the old one is",
    ),
    row(9_001_023, "this flow needs a tenant", "name the tenant (--tenant), or organizations"),
    row(9_002_313, "the request is malformed", OUR_REQUEST),
    row(9_002_332, "the app is for work and school accounts only", "name the tenant (--tenant) in place of consumers"),
];
