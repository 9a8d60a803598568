"""Every mail of development, on a page: nothing is sent anywhere."""
