"""Parts of forms: sheets read by code, label and header, the identity form, and what stands under a title."""
