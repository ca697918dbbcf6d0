//! Microsoft Entra on loopback: the token endpoints, discovery, AWS STS, a little Kubernetes, git and a registry, over
//! HTTPS.
//! Microsoft Entra on loopback: the token endpoints, discovery, Databricks, AWS STS and a little Kubernetes, over HTTPS.
//!
//! For tests, for the first steps in the README, and for real clients (kubectl, the AWS SDKs) that are tried against
//! jeton without any cloud. Tokens are real signed JWTs, errors are Entra's own, and everything that arrives is kept.
//!
//! # From a Rust test
//!
//! ```
//! use jeton_emulator::{Emulator, Fault};
//!
//! let emulator = Emulator::start();
//! // Point the program under test at emulator.url(), and let it trust emulator.ca_pem().
//!
//! // The first token request fails, the next two are throttled, then all is well again.
//! emulator.script(Fault::error(401, "invalid_client", 7000222));
//! emulator.script(Fault::throttled("1").times(2));
//!
//! // Hold all answers back until 200 clients have asked (or found that they need not).
//! emulator.hold();
//! // assert!(emulator.wait_for_requests(1, Duration::from_secs(10)));
//! emulator.release();
//!
//! assert!(emulator.violations().is_empty());
//! assert_eq!(emulator.count(), 0);
//! ```
//!
//! # From anywhere else
//!
//! `jeton-emulator --dir DIR` writes `DIR/ca.pem` and `DIR/url`, then prints one line of JSON with `url`, `ca`,
//! `tenant`, `client_id`, `client_secret`, `public_client_id`, `web_client_id`, `web_secret`, `user`, `password`,
//! `other_user`, `other_password`, the `managed_identity` endpoints, the `oidc` ones, `databricks` and `adme`. These paths
//! control it:
//!
//! | request | meaning |
//! |---|---|
//! | `GET /_emulator/requests` | all that arrived, as JSON |
//! | `GET /_emulator/count` | `requests`, `token_requests`, `issued`, `violations`, `scripted` (faults still waiting), `refresh_reuses`, and by [`Source`] in `sources` |
//! | `GET /_emulator/violations` | what a careful client would not have sent |
//! | `POST /_emulator/script` | one [`Fault`] or a list of them, as JSON |
//! | `GET`, `POST /_emulator/settings` | [`Settings`]; those not named stay, at any depth |
//! | `POST /_emulator/certificates` | `client_id` and `certificate` (PEM); or `client_id`, `issuer` (PEM) and `subject` |
//! | `POST /_emulator/federations` | `client_id`, `issuer`, `subject`, `audience` of a federated credential |
//! | `POST /_emulator/federated-tokens` | `issuer`, `subject`, `audience`, `lifetime` in seconds; answers `token` |
//! | `POST /_emulator/hold`, `/release` | the gate in front of the token endpoints |
//! | `GET /_emulator/device` | the device codes that wait for a person: `user_code`, `client_id`, `tenant` |
//! | `POST /_emulator/device/approve`, `/decline`, `/expire` | the newest of them, or `{"user_code": ...}`; `{"user": ...}` is who approves |
//! | `POST /_emulator/revoke` | `{"user": ..., "code": 50173}`: the user's refresh tokens are refused with AADSTS50173 |
//! | `POST /_emulator/databricks/principals` | `application_id` or `user`, and perhaps `display_name`, `secret`, `admin`, `only_in_account`; answers `id` |
//! | `GET`, `POST`, `DELETE /_emulator/databricks/policies` | [`FederationPolicy`]s: all, one more, none |
//! | `GET`, `POST /_emulator/databricks/pats` | [`Pat`]s: all that live; one more by `principal`, `lifetime_seconds`, `comment`, `workspace` |
//! | `POST /_emulator/databricks/revoke` | `token`: a personal access token or its id, an OAuth token, a refresh token |
//! | `POST /_emulator/reset` | as at the start (key, CA and address stay) |
//!
//! # What it has
//!
//! - `POST /{tenant}/oauth2/v2.0/token` and, for v1, `/{tenant}/oauth2/token`: client credentials with a secret, or with
//!   an assertion whose signature, audience and times are verified: of a certificate's key
//!   ([`Emulator::register_certificate`], [`Emulator::register_subject_name`]) or of an issuer that the app trusts
//!   ([`Emulator::federate`], [`Emulator::issue_federated_token`]; a managed identity's token is one as well).
//!   Resources that begin with `api://unknown` do not exist.
//! - The same for users: authorization codes with PKCE, refresh tokens, device codes, passwords, with access tokens, id
//!   tokens and `client_info`. The apps are [`PUBLIC_CLIENT_ID`] and [`WEB_CLIENT_ID`], the users [`USER`] and
//!   [`OTHER_USER`]; `common` and `organizations` mean the user's own tenant. Resources that begin with
//!   `api://unconsented` lack consent. [`Settings`] has what varies: rotation, lifetimes, intervals, required claims.
//! - `/{tenant}/oauth2/v2.0/authorize` and `/{tenant}/oauth2/authorize`: with [`Settings::auto_sign_in`] the answer
//!   comes at once, without it from a page with a form (`login`, `passwd`, buttons `#sign-in` and `#cancel`). What goes
//!   back can be bent by [`Fault::sign_in`]. A test without a browser uses [`Emulator::visit`].
//! - `/{tenant}/oauth2/v2.0/devicecode`, `/{tenant}/oauth2/devicecode` and the page `/devicelogin` (field `otc`).
//! - `/common/userrealm/{upn}`: `Managed` for all domains that are known.
//! - `/{tenant}/v2.0/.well-known/openid-configuration`, `/{tenant}/discovery/v2.0/keys`, `/common/discovery/instance`.
//! - ID tokens of GitHub Actions ([`Emulator::github_request_url`]) and Azure Pipelines
//!   ([`Emulator::azure_pipelines_request_url`]).
//! - Managed identities on a listener of their own, plain HTTP as in reality: IMDS, App Service, Azure ML, Azure Arc
//!   and Cloud Shell below [`Emulator::managed_identity_url`], Service Fabric behind [`Emulator::service_fabric`].
//!   Failures of IMDS are scripted: [`Fault::imds`], [`Fault::docker_desktop`], or any [`Fault::on`] the path of a
//!   [`Source`]. A [`Fault::error`] is worded as the endpoint would word it; shapes apply, save `BigToken`. The gate
//!   holds these requests too.
//! - `POST /` and `/sts`: `AssumeRoleWithWebIdentity` for any role whose name does not begin with `denied`, and
//!   `GetCallerIdentity`, whose signature is verified.
//! - `/version`, `/api`, `/api/v1/namespaces`, `/api/v1/namespaces/{ns}/pods` and what kubectl asks before them, for
//!   bearers of a token for [`AKS_AUDIENCE`].
//! - Feeds of packages for bearers of a token for [`DEVOPS_AUDIENCE`]: a sparse registry for cargo
//!   (`/feeds/cargo/index/`), an index and an upload endpoint for Python's tools, which send the token as a password
//!   (`/feeds/python/simple/`, `/feeds/python/upload/`), a module proxy for Go (`/feeds/go/`), an npm registry
//!   (`/feeds/npm/`) and modules for Terraform (`/feeds/terraform/`, which `/.well-known/terraform.json` tells of). Each has
//!   one package: `hello-emulator`, `hello.example/emulator`, or `contoso/hello/emulator`.
//! - `POST /google/sts`: Google's token exchange, for any living token.
//! - `/{organisation}/{project}/_git/{repository}`: the repositories in [`Settings::git_root`], by `git http-backend`, for
//!   a token for [`DEVOPS_AUDIENCE`] as bearer or password. Without it: 401 with the challenges of Azure DevOps.
//! - A container registry: `/v2/`, `/oauth2/exchange` and `/oauth2/token` for tokens for [`CONTAINER_REGISTRY_AUDIENCE`],
//!   and the image [`IMAGE`].
//! - Databricks: a workspace at [`Emulator::workspace`] (the emulator's own URL), a second one at
//!   [`Emulator::other_workspace`] and the account at [`Emulator::account`], each with host and OAuth metadata, a token
//!   endpoint (client credentials with Basic, authorization codes of `databricks-cli` with PKCE, refresh tokens, token
//!   exchange by [`FederationPolicy`]) and an authorization endpoint. The workspaces have `/aad/auth`, the token API with
//!   token-management and permissions, SCIM (`Me`, `ServicePrincipals`), `workspace-conf` and a list of clusters, for
//!   bearers of their own OAuth tokens, of personal access tokens, and of Entra tokens for [`DATABRICKS_RESOURCE`];
//!   `/api/2.0/accounts/{id}/workspaces` is the account's. [`DatabricksSettings`] has what varies. Admins are [`USER`]
//!   and [`DATABRICKS_ADMIN_CLIENT_ID`], members also [`OTHER_USER`], [`DATABRICKS_CLIENT_ID`] and [`CLIENT_ID`]; other
//!   apps of Entra need the two `X-Databricks-Azure-*` headers, or [`Emulator::add_principal`]. A token is good at the
//!   site that issued it alone. Errors are scripted by [`Fault::databricks`] and [`Fault::error_shape`];
//!   [`Fault::reset_after`] cuts the connection once the request has had its effect.
//! - `GET /api/entitlements/v2/groups` of Azure Data Manager for Energy for tokens of [`ADME_CLIENT_ID`], and what Azure
//!   Resource Manager tells of [`WORKSPACE_RESOURCE_ID`] and [`ADME_RESOURCE_ID`].
//!
//! Captures hold tokens and secrets; therefore it listens on loopback addresses only.

mod acr;
mod builder;
mod capture;
mod certificate;
mod control;
mod databricks;
mod emulator;
mod entra;
mod fault;
mod feeds;
mod git;
mod google;
mod kubernetes;
mod managed_identity;
mod oidc;
mod registry;
mod server;
mod settings;
mod sign_in;
mod sigv4;
mod source;
mod state;
mod sts;
mod tls;
mod token;
mod user;
mod user_side;
mod visit;
mod wire;

pub use builder::Builder;
pub use capture::Request;
pub use databricks::{
    ADME_CLIENT_ID, ADME_INSTANCE, ADME_PARTITION, ADME_RESOURCE_ID, ADME_SECRET, Cloud, DATABRICKS_ACCOUNT_ID,
    DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET, DATABRICKS_CLIENT_ID, DATABRICKS_RESOURCE, DATABRICKS_SECRET,
    DatabricksSettings, ErrorShape, FederationPolicy, OTHER_WORKSPACE_ID, Pat, Principal, Rotation, Site, WORKSPACE_ID,
    WORKSPACE_RESOURCE_ID,
};
pub use emulator::Emulator;
pub use fault::Fault;
pub use managed_identity::{ArcKey, ExpiresOn, Identity, ManagedIdentitySettings, ServiceFabric};
pub use oidc::OidcSettings;
pub use registry::App;
pub use settings::{Settings, Shape};
pub use sign_in::{OldRefreshTokens, SignInBend};
pub use source::Source;
pub use user::User;
pub use visit::Visit;

/// The tenant that is there from the start; also known as `contoso.example`.
pub const TENANT: &str = "11111111-1111-1111-1111-111111111111";
/// A second tenant, `fabrikam.example`.
pub const OTHER_TENANT: &str = "44444444-4444-4444-4444-444444444444";
/// The app that is there from the start.
pub const CLIENT_ID: &str = "22222222-2222-2222-2222-222222222222";
/// The secret of [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "emulator-secret";
/// An app whose secret needs careful encoding.
pub const AWKWARD_CLIENT_ID: &str = "33333333-3333-3333-3333-333333333333";
/// The secret of [`AWKWARD_CLIENT_ID`].
pub const AWKWARD_SECRET: &str = "a+b/c%41&d=~ é";
/// A public client: no secret, and `http://localhost` with any port as its redirect URI.
pub const PUBLIC_CLIENT_ID: &str = "cccccccc-1111-1111-1111-111111111111";
/// A confidential web app that signs users in, with [`WEB_REDIRECT`] and `http://localhost` (any port).
pub const WEB_CLIENT_ID: &str = "cccccccc-2222-2222-2222-222222222222";
/// The secret of [`WEB_CLIENT_ID`].
pub const WEB_SECRET: &str = "emulator-web-secret";
/// A redirect URI of [`WEB_CLIENT_ID`] that nobody listens on.
pub const WEB_REDIRECT: &str = "https://app.example/callback";
/// The user who signs in unless something else is said; a guest in [`OTHER_TENANT`].
pub const USER: &str = "ada@contoso.example";
/// The object id of [`USER`] at home.
pub const USER_OID: &str = "dddddddd-1111-1111-1111-111111111111";
/// The password of [`USER`], which needs careful encoding.
pub const USER_PASSWORD: &str = "ada+%41&pass=wörd";
/// A second user, known in [`TENANT`] only.
pub const OTHER_USER: &str = "grace@contoso.example";
/// The object id of [`OTHER_USER`].
pub const OTHER_USER_OID: &str = "dddddddd-2222-2222-2222-222222222222";
/// The password of [`OTHER_USER`].
pub const OTHER_USER_PASSWORD: &str = "grace-password";
/// The audience of Azure Kubernetes Service's Entra server application, which the Kubernetes API takes.
pub const AKS_AUDIENCE: &str = "6dae42f8-4368-4678-94ff-3960e28e3630";
/// The audience of Azure DevOps, which its repositories and the feeds take.
pub const DEVOPS_AUDIENCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";
/// The audience of Azure's container registries.
pub const CONTAINER_REGISTRY_AUDIENCE: &str = "https://containerregistry.azure.net";
/// The image in the registry, which has the tag `latest`.
pub const IMAGE: &str = "hello";
/// What stands in the one file, `hello`, of [`IMAGE`].
pub const IMAGE_TEXT: &str = "hello from the registry\n";

/// The audience of tokens that are exchanged for an app's own.
pub const TOKEN_EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";
/// The issuer of GitHub Actions' ID tokens.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// Their subject, unless [`OidcSettings`] name another.
pub const GITHUB_SUBJECT: &str = "repo:octo-org/octo-repo:ref:refs/heads/main";
/// What GitHub would put into `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
pub const GITHUB_REQUEST_TOKEN: &str = "emulator-github-request-token";
/// The issuer of Azure Pipelines' ID tokens.
pub const AZURE_PIPELINES_ISSUER: &str = "https://vstoken.dev.azure.com/88888888-8888-8888-8888-888888888888";
/// Their subject, unless [`OidcSettings`] name another.
pub const AZURE_PIPELINES_SUBJECT: &str = "sc://octo-org/octo-project/octo-connection";
/// What Azure Pipelines would put into `SYSTEM_ACCESSTOKEN`.
pub const SYSTEM_ACCESS_TOKEN: &str = "emulator-system-access-token";
/// The service connection that is there from the start.
pub const SERVICE_CONNECTION_ID: &str = "aaaaaaaa-0000-0000-0000-000000000001";
/// An issuer for the tokens of a Kubernetes cluster's service accounts; see [`Emulator::issue_federated_token`].
pub const KUBERNETES_ISSUER: &str = "https://oidc.cluster.example/";

/// `IDENTITY_HEADER` of App Service and Service Fabric.
pub const IDENTITY_HEADER: &str = "emulator-identity-header";
/// `MSI_SECRET` of Azure ML.
pub const MSI_SECRET: &str = "emulator-msi-secret";
/// The client id of the system-assigned identity that is there from the start.
pub const SYSTEM_IDENTITY_CLIENT_ID: &str = "aaaaaaaa-1111-1111-1111-111111111111";
/// Its object id.
pub const SYSTEM_IDENTITY_OBJECT_ID: &str = "bbbbbbbb-1111-1111-1111-111111111111";
/// The client id of the user-assigned identity that is there from the start.
pub const USER_IDENTITY_CLIENT_ID: &str = "aaaaaaaa-2222-2222-2222-222222222222";
/// Its object id.
pub const USER_IDENTITY_OBJECT_ID: &str = "bbbbbbbb-2222-2222-2222-222222222222";
/// Its resource id.
pub const USER_IDENTITY_RESOURCE_ID: &str = "/subscriptions/77777777-7777-7777-7777-777777777777/resourceGroups/emulator/\
                                             providers/Microsoft.ManagedIdentity/userAssignedIdentities/octo-identity";
