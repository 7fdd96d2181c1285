//! Numbers that look random and are the same every time.

/// Mixes numbers into one. The finalizer is splitmix64's (<https://prng.di.unimi.it/splitmix64.c>).
pub fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| finish(state ^ part.wrapping_mul(0xff51_afd7_ed55_8ccd)))
}

fn finish(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// A number for bytes (FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>).
pub fn of_bytes(bytes: &[u8]) -> u64 {
    finish(bytes.iter().fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)))
}

/// What one resource draws its attributes from.
#[derive(Debug, Clone, Copy)]
pub struct Dice(u64);

impl Dice {
    /// The dice of a number.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// A number for a purpose; each purpose has its own.
    pub fn number(&self, purpose: u64) -> u64 {
        mix(&[self.0, purpose])
    }

    /// Whether something holds that holds for `percent` of all.
    pub fn percent(&self, purpose: u64, percent: u64) -> bool {
        self.number(purpose) % 100 < percent
    }

    /// A number below `end`.
    pub fn below(&self, purpose: u64, end: u64) -> u64 {
        self.number(purpose) % end.max(1)
    }

    /// One of several.
    pub fn pick<T: Copy>(&self, purpose: u64, choices: &[T]) -> T {
        choices[self.below(purpose, choices.len() as u64) as usize]
    }
}

/// Whether an event of this probability happens to a number.
pub fn happens(number: u64, probability: f64) -> bool {
    // 53 bits are what an f64 holds exactly.
    ((number >> 11) as f64) < probability * (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_comes_out_every_time() {
        assert_eq!(mix(&[1, 2, 3]), mix(&[1, 2, 3]));
        assert_ne!(mix(&[1, 2, 3]), mix(&[1, 3, 2]));
        assert_ne!(of_bytes(b"a"), of_bytes(b"b"));
    }

    #[test]
    fn shares_are_kept() {
        let third = (0..10_000).filter(|number| happens(mix(&[*number]), 0.3)).count();
        assert!((2_800..3_200).contains(&third), "{third}");
        let tenth = (0..10_000).filter(|number| Dice::new(*number).percent(7, 10)).count();
        assert!((850..1_150).contains(&tenth), "{tenth}");
        assert!(!happens(mix(&[1]), 0.0) && happens(u64::MAX, 1.0));
    }
}
