package org.sbertspark.similarity;

/**
 * How near two vectors are.
 *
 * <p>Inside of this package all measures are one number, the nearness, which is larger for nearer
 * vectors and which a matrix product gives: the cosine, the dot product, or minus half of the
 * squared distance. Users see {@link #value}.
 */
public enum Measure {
  /** The cosine of the angle, -1 to 1; vectors of length zero have none. */
  COSINE {
    @Override
    public boolean usable(double squares) {
      return squares > 0 && Double.isFinite(squares);
    }

    @Override
    double nearness(VectorBlock a, int i, VectorBlock b, int j) {
      // The root of x * x is x: equal vectors have the cosine 1, not nearly 1.
      double cosine = a.dot(i, b, j) / Math.sqrt(a.squares(i) * b.squares(j));
      return Math.max(-1, Math.min(1, cosine));
    }

    @Override
    float[] factor(VectorBlock block, Side side) {
      int d = block.dimension();
      float[] unit = new float[block.rows() * d];
      for (int row = 0; row < block.rows(); row++) {
        double scale = 1 / Math.sqrt(block.squares(row));
        for (int at = row * d; at < (row + 1) * d; at++) {
          unit[at] = (float) (block.values()[at] * scale);
        }
      }
      return unit;
    }

    @Override
    double magnitude(double largestSquares, double otherLargestSquares) {
      return 1;
    }
  },

  /** The dot product. */
  DOT {
    @Override
    public boolean usable(double squares) {
      return squares <= LARGEST_SQUARES;
    }

    @Override
    double nearness(VectorBlock a, int i, VectorBlock b, int j) {
      return a.dot(i, b, j);
    }

    @Override
    float[] factor(VectorBlock block, Side side) {
      return block.values();
    }

    @Override
    double magnitude(double largestSquares, double otherLargestSquares) {
      return Math.sqrt(largestSquares * otherLargestSquares);
    }
  },

  /** The length of the difference. */
  EUCLIDEAN {
    @Override
    public boolean usable(double squares) {
      return squares <= LARGEST_SQUARES;
    }

    @Override
    double nearness(VectorBlock a, int i, VectorBlock b, int j) {
      return -a.squaredDistance(i, b, j) / 2;
    }

    /**
     * With two more columns: ab - a²/2 - b²/2 is the product of (a, -a²/2, 1) and (b, 1, -b²/2).
     */
    @Override
    float[] factor(VectorBlock block, Side side) {
      int d = block.dimension();
      float[] augmented = new float[block.rows() * (d + 2)];
      for (int row = 0; row < block.rows(); row++) {
        int at = row * (d + 2);
        System.arraycopy(block.values(), row * d, augmented, at, d);
        float half = (float) (-block.squares(row) / 2);
        augmented[at + d] = side == Side.LEFT ? half : 1;
        augmented[at + d + 1] = side == Side.LEFT ? 1 : half;
      }
      return augmented;
    }

    @Override
    double magnitude(double largestSquares, double otherLargestSquares) {
      double sum = Math.sqrt(largestSquares) + Math.sqrt(otherLargestSquares);
      return sum * sum / 2;
    }

    @Override
    public double value(double nearness) {
      return Math.sqrt(-2 * nearness);
    }

    @Override
    double nearnessOf(double value) {
      return -value * value / 2;
    }
  };

  /** Where a block stands in a product. */
  enum Side {
    LEFT,
    RIGHT
  }

  /** Products of vectors with squares up to this are finite as float. */
  private static final double LARGEST_SQUARES = 1e37;

  /** The unit roundoff of float. */
  private static final double ROUNDOFF = 0x1p-24;

  /**
   * Whether vectors with this sum of squares can be compared; the others have no direction, or are
   * not finite as float.
   */
  public abstract boolean usable(double squares);

  /** What users see of a nearness: for the Euclidean measure the distance. */
  public double value(double nearness) {
    return nearness;
  }

  /** The nearness of a value: the inverse of {@link #value}. */
  double nearnessOf(double value) {
    return value;
  }

  /** The nearness of two rows, in double precision; the same both ways. */
  abstract double nearness(VectorBlock a, int i, VectorBlock b, int j);

  /** A block as a factor of a product that gives nearness, row by row. */
  abstract float[] factor(VectorBlock block, Side side);

  /** No smaller than the sum of the absolute values of a product's terms. */
  abstract double magnitude(double largestSquares, double otherLargestSquares);

  /**
   * How far at most a nearness computed as a product in float is from the true one, whatever the
   * order of the summation: Higham, Accuracy and Stability of Numerical Algorithms, 3.1, with a few
   * more roundings for the factors themselves.
   */
  double roundingError(VectorBlock a, VectorBlock b) {
    double roundings = (a.dimension() + 8) * ROUNDOFF;
    return roundings / (1 - roundings) * magnitude(a.largestSquares(), b.largestSquares())
        + a.dimension() * (double) Float.MIN_NORMAL;
  }
}
