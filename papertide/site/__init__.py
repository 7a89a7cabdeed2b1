"""The Django project: settings, addresses, pages, and the apps that keep the state."""
