"""What was measured, as text, Markdown, JSON and a drawing."""
