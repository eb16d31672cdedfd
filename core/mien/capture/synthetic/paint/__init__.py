"""How the surfaces of people are painted: skin, eyes, mouths, cloth."""
