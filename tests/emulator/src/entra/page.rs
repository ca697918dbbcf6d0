//! The pages that a browser sees: plain HTML, to be read and clicked without scripts.

use crate::wire::Response;

/// Text for HTML, in an attribute too.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn page(status: u16, title: &str, body: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body></html>\n"
    );
    Response::new(status, "text/html; charset=utf-8", html).header("Cache-Control", "no-store")
}

/// A page that only says something.
pub(crate) fn message(status: u16, title: &str, text: &str) -> Response {
    page(status, title, &format!("<p id=\"message\">{}</p>", escape(text)))
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escape(value))
}

fn buttons() -> &'static str {
    "<button type=\"submit\" id=\"sign-in\" name=\"action\" value=\"sign_in\">Sign in</button>\n\
     <button type=\"submit\" id=\"cancel\" name=\"action\" value=\"cancel\">Cancel</button>\n"
}

/// User name and password; `key` is the hidden field that tells what for. With an error, it says why it is here again.
pub(crate) fn sign_in(action: &str, key: (&str, &str), user: &str, error: Option<&str>) -> Response {
    let error = error.map(|text| format!("<p id=\"error\">{}</p>\n", escape(text))).unwrap_or_default();
    let body = format!(
        "{error}<form method=\"POST\" action=\"{}\">\n{}\
         <label>User name <input type=\"text\" id=\"login\" name=\"login\" value=\"{}\" autocomplete=\"username\"></label>\n\
         <label>Password <input type=\"password\" id=\"passwd\" name=\"passwd\"></label>\n{}</form>",
        escape(action),
        hidden(key.0, key.1),
        escape(user),
        buttons()
    );
    page(200, "Sign in", &body)
}

/// Where a person types the code that a device shows.
pub(super) fn user_code(action: &str, error: Option<&str>) -> Response {
    let error = error.map(|text| format!("<p id=\"error\">{}</p>\n", escape(text))).unwrap_or_default();
    let body = format!(
        "{error}<form method=\"POST\" action=\"{}\">\n\
         <label>Code <input type=\"text\" id=\"otc\" name=\"otc\" autocomplete=\"off\"></label>\n\
         <button type=\"submit\" id=\"next\">Next</button>\n</form>",
        escape(action)
    );
    page(200, "Enter code to allow access", &body)
}

/// `response_mode=form_post`: a form that sends itself, or by its button where scripts are off.
pub(super) fn form_post(action: &str, fields: &[(&str, String)]) -> Response {
    let hidden: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
    let body = format!(
        "<form method=\"POST\" name=\"hiddenform\" action=\"{}\">\n{hidden}\
         <noscript><button type=\"submit\">Continue</button></noscript>\n</form>\n\
         <script>document.forms[0].submit()</script>",
        escape(action)
    );
    page(200, "Working...", &body)
}
