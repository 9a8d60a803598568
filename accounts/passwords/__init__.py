"""What a password may be, and how it rests."""
