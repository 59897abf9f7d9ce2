package io.sluice.gateway.operations;

/** Paths of the operations port beside metrics and health. On its event loop, which must not be blocked. */
public interface OperationsPaths {

    /** No others. */
    OperationsPaths NONE = new OperationsPaths() {
        @Override
        public boolean has(String path) {
            return false;
        }

        @Override
        public void serve(HttpExchange exchange) {
            throw new IllegalArgumentException("there are no other paths");
        }
    };

    /** Whether {@code path}, decoded and without its query, is one of them. */
    boolean has(String path);

    /** Answers {@code exchange}, whose path is one of them, now or later; also where it is refused. */
    void serve(HttpExchange exchange);
}
