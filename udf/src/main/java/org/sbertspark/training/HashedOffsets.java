package org.sbertspark.training;

import java.util.ArrayList;
import java.util.List;

/** Places in a file with the hashes of what lies there: 16 bytes each. Not thread-safe. */
final class HashedOffsets {
  private static final int CHUNK = 1 << 15;

  /** Hash and offset of one place beside each other; chunks, so that growing copies nothing. */
  private final List<long[]> chunks = new ArrayList<>();

  private int size;

  int size() {
    return size;
  }

  void add(long hash, long offset) {
    if (size % CHUNK == 0) {
      chunks.add(new long[2 * CHUNK]);
    }
    size = Math.addExact(size, 1);
    set(size - 1, hash, offset);
  }

  long offset(int i) {
    return chunks.get(i / CHUNK)[2 * (i % CHUNK) + 1];
  }

  /** The same for the same hashes in the same order. */
  long hashOfAll() {
    long all = size;
    for (int i = 0; i < size; i++) {
      all = 31 * all + hash(i);
    }
    return all;
  }

  private long hash(int i) {
    return chunks.get(i / CHUNK)[2 * (i % CHUNK)];
  }

  private void set(int i, long hash, long offset) {
    long[] chunk = chunks.get(i / CHUNK);
    chunk[2 * (i % CHUNK)] = hash;
    chunk[2 * (i % CHUNK) + 1] = offset;
  }

  /** Orders by hash. Heapsort: the JDK sorts pairs of numbers only as objects. */
  void sortByHash() {
    for (int root = size / 2 - 1; root >= 0; root--) {
      sink(root, size);
    }
    for (int end = size - 1; end > 0; end--) {
      swap(0, end);
      sink(0, end);
    }
  }

  private void sink(int root, int end) {
    int parent = root;
    while (parent < end / 2) {
      int child = 2 * parent + 1;
      if (child + 1 < end && hash(child + 1) > hash(child)) {
        child++;
      }
      if (hash(parent) >= hash(child)) {
        return;
      }
      swap(parent, child);
      parent = child;
    }
  }

  private void swap(int a, int b) {
    long hash = hash(a);
    long offset = offset(a);
    set(a, hash(b), offset(b));
    set(b, hash, offset);
  }
}
