"""Server-rendered pages over the services that the api uses."""
