"""How a request is answered: the pipeline and the process around it."""
