"""The look: tokens, the style made of them, and icons drawn in their colours."""
