//! A URL as a QR code, for a person whose phone is to open it.
//!
//! Two modules stand in one character, one above the other. The colours are set, because many scanners read dark on
//! light alone, and nobody knows the terminal's own ones.

use qrcodegen::{QrCode, QrCodeEcc};

use super::Terminal;
use crate::environment;

/// Light modules on each side; the standard asks for four (ISO/IEC 18004), and scanners of phones do with two.
const QUIET: i32 = 2;

/// Rows that are left for the text around the picture, so that none of it scrolls away.
const ROWS_OF_TEXT: usize = 7;

/// The longest text that is drawn, in bytes: more makes a code that hardly fits a terminal.
const LONGEST: usize = 300;

/// Black on bright white, and back to the terminal's own colours.
const BLACK_ON_WHITE: &str = "\x1b[30;107m";
const RESET: &str = "\x1b[0m";

/// Draws `url` where it fits: a terminal that is wide and high enough, and shows Unicode.
pub fn draw(url: &str, terminal: Terminal<'_>) {
    if !environment::is_utf8() {
        return;
    }
    let rows = rows(url);
    let width = rows.first().map_or(0, |row| row.chars().count());
    if width > 0 && terminal.has_room(width, rows.len() + ROWS_OF_TEXT) {
        let lines: Vec<_> = rows.iter().map(|row| format!("{BLACK_ON_WHITE}{row}{RESET}\n")).collect();
        terminal.draw(&lines.concat());
    }
}

/// The picture in half blocks, row by row; none for a text that is too long.
fn rows(url: &str) -> Vec<String> {
    if url.len() > LONGEST {
        return Vec::new();
    }
    // Low: a screen is not smudged, and the picture is small.
    let Ok(code) = QrCode::encode_text(url, QrCodeEcc::Low) else { return Vec::new() };
    let side = code.size() + QUIET;
    // (Outside of the code, a module is light.)
    let half = |x, y| match (code.get_module(x, y), code.get_module(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    (-QUIET..side).step_by(2).map(|y| (-QUIET..side).map(|x| half(x, y)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_the_code_with_a_light_frame() {
        let url = "https://microsoft.com/devicelogin";
        let rows = rows(url);
        let code = QrCode::encode_text(url, QrCodeEcc::Low).unwrap();
        assert_eq!((code.size(), rows.len()), (29, 17));
        for (row, line) in (0_i32..).zip(&rows) {
            let line: Vec<_> = line.chars().collect();
            assert_eq!(line.len(), 33);
            for (column, shown) in (0_i32..).zip(line) {
                let (x, y) = (column - QUIET, 2 * row - QUIET);
                assert_eq!("█▀".contains(shown), code.get_module(x, y), "{x} {y}");
                assert_eq!("█▄".contains(shown), code.get_module(x, y + 1), "{x} {y}");
            }
        }
        assert!(rows[0].chars().all(|c| c == ' '), "the frame");
    }

    #[test]
    fn a_text_that_is_too_long_has_no_picture() {
        assert!(rows(&"x".repeat(LONGEST + 1)).is_empty());
    }
}
