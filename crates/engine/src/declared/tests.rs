//! What files declare, and what comes of it.
