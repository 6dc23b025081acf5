"""RAM: who there is. A folder each for what RAM keeps."""
