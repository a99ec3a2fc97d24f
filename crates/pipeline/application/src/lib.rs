//! What can be asked of the pipeline simulator, one use case a file.
