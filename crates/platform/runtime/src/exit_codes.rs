//! The exit codes that mean the same for every command.

/// After wrong use or with settings that cannot be used.
pub const WRONG_USE: u8 = 2;
/// After a transient failure: the same command may succeed later.
pub const TRY_AGAIN: u8 = 3;
/// After a signal has ended the command.
pub const INTERRUPTED: u8 = 130;

/// The last section of a command's help: the codes with a meaning of `own`, then those of `common`,
/// which mean the same for every command.
pub fn section(own: &[(u8, &str)], common: &[u8]) -> String {
    let meaning = |code: u8| match code {
        WRONG_USE => "wrong use or settings; nothing was done",
        TRY_AGAIN => {
            "a server did not answer or broke the connection; the same command may succeed later"
        }
        INTERRUPTED => "interrupted by a signal",
        _ => unreachable!("the other codes have no common meaning"),
    };
    let common = common.iter().map(|code| (*code, meaning(*code)));
    let codes = own.iter().copied().chain(common);
    codes.fold("Exit codes:".to_owned(), |text, (code, meaning)| {
        format!("{text}\n  {code:<3}  {meaning}")
    })
}
