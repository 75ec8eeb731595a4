def book(order, shelf):
    return {"shelf": shelf}
