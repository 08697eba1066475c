"""What the pages of every part share: who may see them, forms, lists, layout. It knows no part."""
