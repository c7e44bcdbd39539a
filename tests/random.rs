//! Random choices that a seed decides, so that a failing case can be had again.

/// A source of choices: the same seed, the same choices.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The choices of a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Sixty-four random bits, by the generator splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
    /// generators, 2014).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.bits() % limit as u64).expect("below a usize")
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Some of several, in their order: none, all, or anything between.
    pub fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let percent = self.pick(&[0, 30, 50, 100]);
        of.iter().filter(|_| self.chance(percent)).cloned().collect()
    }
}
