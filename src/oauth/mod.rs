//! What every sign-in in a browser has in common, whoever the provider is: the authorization code grant (RFC 6749
//! section 4.1) with PKCE (RFC 7636).

mod answer;
mod pkce;
mod redirect_uri;
mod state;

pub use answer::{Answer, NotOurs};
pub use pkce::{METHOD as PKCE_METHOD, Pkce};
pub use redirect_uri::{Loopback, RedirectUri};
pub use state::State;
