//! What the command line of a stand-in says that is not answered here.

/// Why a command is left to the real tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreign {
    /// Another command of the tool, by its name.
    Command(String),
    /// More of a command than is known here. Where there is no such tool, this is what it would say.
    Unknown(String),
    /// Wrong usage in the tool's own words.
    Wrong(String),
}
