;; The dot products of one vector with many of the same length, which follow each other in memory: four numbers at a time,
;; for which JavaScript has no words.
(module
  (memory (export "memory") 1)

  ;; All addresses and lengths are in bytes. $stride is the length of a vector, and a multiple of 32.
  (func (export "dotProducts") (param $query i32) (param $stride i32) (param $rows i32) (param $end i32) (param $products i32)
    (local $at i32)
    (local $row_end i32)
    (local $sum v128)
    (local $other_sum v128)
    (block $done
      (loop $next_row
        (br_if $done (i32.ge_u (local.get $rows) (local.get $end)))
        (local.set $at (local.get $query))
        (local.set $row_end (i32.add (local.get $rows) (local.get $stride)))
        (local.set $sum (v128.const f32x4 0 0 0 0))
        (local.set $other_sum (v128.const f32x4 0 0 0 0))
        ;; Two sums, so that an addition need not wait for the one before.
        (loop $next_numbers
          (local.set $sum
            (f32x4.add
              (local.get $sum)
              (f32x4.mul (v128.load (local.get $rows)) (v128.load (local.get $at)))))
          (local.set $other_sum
            (f32x4.add
              (local.get $other_sum)
              (f32x4.mul (v128.load offset=16 (local.get $rows)) (v128.load offset=16 (local.get $at)))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (local.set $rows (i32.add (local.get $rows) (i32.const 32)))
          (br_if $next_numbers (i32.lt_u (local.get $rows) (local.get $row_end))))
        (local.set $sum (f32x4.add (local.get $sum) (local.get $other_sum)))
        (f32.store
          (local.get $products)
          (f32.add
            (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
            (f32.add (f32x4.extract_lane 2 (local.get $sum)) (f32x4.extract_lane 3 (local.get $sum)))))
        (local.set $products (i32.add (local.get $products) (i32.const 4)))
        (br $next_row)))))
