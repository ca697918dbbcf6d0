//! `jeton serve` and `jeton run --live`: the endpoints that tools ask over HTTP, by requests as they send them.

mod activation;
mod client;
mod life;
mod live;
mod load;
mod protocols;
mod refusals;
